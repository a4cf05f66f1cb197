/** Labelling one photo after the other, by keys. */

import {follow, get, post} from './api.js';
import {digits} from './digits.js';
import {h, isTyping, large, matches, named, number, percent, say, sayAll, text} from './dom.js';
import {judgementSentence} from './judgement.js';
import {inTurn, isOnControl, keyButton, leaveClicked, onKeys, takeBack} from './turns.js';

const AHEAD = 6;

/** More classes stand in columns. */
const FEW = 10;

/** Milliseconds in which a second letter makes a name of a letter that is a key, too. */
const TYPING = 500;

class Labelling extends HTMLElement {
  queue = [];
  classes = [];
  digits = new Map();
  left = 0;
  ask = inTurn(() => this.fetchNext());
  unanswered = new Set();
  preloaded = new Map();

  connectedCallback() {
    this.build();
    onKeys(this, (event) => this.key(event));
    follow(this, 'overview', (state) => this.take(state));
    follow(this, 'suggestions', () => this.fetchNext());
    follow(this, 'judgement', (judgement) => {
      this.judgement.textContent = judgementSentence(judgement);
    });
    this.fetchNext();
  }

  disconnectedCallback() {
    this.carryOut();
  }

  build() {
    this.image = h('img', {alt: '', decoding: 'async'});
    this.caption = h('p', {class: 'quiet', 'aria-live': 'polite'});
    this.why = h('p', {class: 'quiet small'});
    this.judgement = h('p', {class: 'quiet small'});
    this.accept = h('button', {class: 'main', onclick: () => this.acceptSuggestion()});
    this.buttons = h('div', {class: 'keys', id: 'keys', role: 'group', 'aria-label': text('classes')});
    this.hint = h('p', {class: 'quiet small', id: 'hint', 'aria-live': 'polite'});
    this.input = h('input', {
      id: 'name', autocomplete: 'off', maxlength: 100, oninput: () => this.filter(),
      'aria-keyshortcuts': '/', 'aria-controls': 'keys', 'aria-describedby': 'hint',
    });
    const form = h('form', {class: 'row', onsubmit: (event) => this.typed(event)},
      h('label', {for: 'name'}, text('typeName')), this.input);
    this.work = h('div', {class: 'labelling'},
      h('div', {}, h('div', {class: 'photo'}, this.image), this.caption),
      h('div', {},
        h('div', {class: 'row'}, this.accept),
        form, this.hint, this.buttons,
        h('div', {class: 'row'},
          keyButton('noneOfThese', 'N', () => this.give({className: ''})),
          keyButton('skip', 'S', () => this.skip()),
          keyButton('undo', 'Z', () => this.undo())),
        this.why, this.judgement));
    leaveClicked(this.work);
    this.work.addEventListener('click', () => this.carryOut(), true);
    this.done = h('p', {}, text('allLabelled'));
    this.done.hidden = true;
    this.replaceChildren(h('h2', {}, text('part.label')), this.done, this.work);
  }

  take(state) {
    this.left = state.unlabelled;
    const before = this.classes.map((each) => each.name);
    const names = state.classes.map((each) => each.name);
    this.digits = digits(names);
    this.classes = [
      ...[...this.digits.keys()].map((name) => state.classes[names.indexOf(name)]),
      ...state.classes.filter((each) => !this.digits.has(each.name)),
    ];
    if (JSON.stringify(before) === JSON.stringify(this.classes.map((each) => each.name))) {
      this.classes.forEach((each, i) => { // the buttons stay, so that none loses the focus
        this.buttons.children[i].querySelector('.count').textContent = number(each.photos);
      });
    } else {
      this.buttons.replaceChildren(...this.classes.map((each) => this.button(each)));
      this.buttons.classList.toggle('many', this.classes.length > FEW);
    }
    this.filter();
    this.render();
  }

  button(each) {
    const digit = this.digits.get(each.name);
    return h('button', {
      onclick: () => this.give({className: each.name}),
      ...(digit === undefined ? {} : {'aria-keyshortcuts': `${digit}`}),
    }, digit === undefined ? '' : h('kbd', {}, `${digit}`), h('span', {}, each.name), h('span', {class: 'count'}, number(each.photos)));
  }

  /** Shows the classes that have what is typed, and says what Enter will do. */
  filter() {
    const typed = this.input.value;
    this.classes.forEach((each, i) => {
      this.buttons.children[i].hidden = !matches(each.name, typed);
    });
    const known = this.known(typed);
    const name = known ?? typed.trim();
    this.hint.textContent = name === '' ? text('typeHelp') : text(known === undefined ? 'enterNew' : 'enterKnown', {name});
  }

  known(typed) {
    return named(this.classes.map((each) => each.name), typed);
  }

  /** Moves the focus to the class before or after, of those that are shown. */
  step(event, by) {
    const shown = [...this.buttons.children].filter((each) => !each.hidden);
    const next = shown.indexOf(event.target) + by;
    (shown[next] ?? this.input).focus();
    event.preventDefault();
  }

  /** What is shown stays; what comes next may be chosen anew. */
  async fetchNext() {
    try {
      const asked = this.queue[0]?.id ?? '';
      const {photos} = await get(`/api/next?count=${AHEAD + this.unanswered.size}&shown=${asked}`);
      const open = photos.filter((photo) => !this.unanswered.has(photo.id));
      const shown = this.queue[0];
      if (shown === undefined) {
        this.queue = open;
      } else {
        const now = open.find((photo) => photo.id === shown.id) ?? shown;
        this.queue = [now, ...open.filter((photo) => photo.id !== shown.id)];
      }
      this.render();
    } catch (fault) {
      say(fault.message, true);
    }
  }

  render() {
    const photo = this.queue[0];
    this.done.hidden = photo !== undefined;
    this.work.hidden = photo === undefined;
    if (photo === undefined) {
      return;
    }
    if (this.image.dataset.id !== photo.id) {
      this.image.dataset.id = photo.id;
      this.image.src = large(photo);
      this.image.alt = text('photo', {name: photo.name});
    }
    const {suggestion} = photo;
    this.caption.textContent = `${photo.name} · ${text('left', {count: number(this.left)})}`;
    this.why.textContent = this.reason(photo);
    this.accept.disabled = suggestion === null;
    this.accept.replaceChildren(h('kbd', {}, 'Enter'), ' ', suggestion === null
      ? text('noSuggestion')
      : text('suggested', {name: suggestion.className, confidence: percent(suggestion.confidence)}));
    for (const next of this.queue.slice(1, 4)) {
      if (!this.preloaded.has(next.id)) {
        const image = new Image();
        image.src = large(next);
        this.preloaded.set(next.id, image);
      }
    }
    for (const id of this.preloaded.keys()) {
      if (!this.queue.some((next) => next.id === id)) {
        this.preloaded.delete(id);
      }
    }
  }

  /** Why this photo is shown before others. */
  reason({why, suggestion}) {
    return why === null ? '' : text(`why.${why.kind.toLowerCase()}`, {
      alike: percent(why.alike), name: suggestion?.className ?? '', second: suggestion?.second ?? '',
    });
  }

  key(event) {
    const arrow = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (arrow && (event.target === this.input ? arrow > 0 : event.target.parentElement === this.buttons)) {
      this.step(event, arrow);
      return;
    }
    if (isTyping(event.target)) {
      if (event.key === 'Escape') {
        this.clear();
      }
      return;
    }
    const isLetter = /^\p{L}$/u.test(event.key);
    if (this.pending && isLetter && event.code !== this.pending.code) {
      clearTimeout(this.pending.timer);
      this.input.value = this.pending.letter;
      this.pending = undefined;
      this.filter();
      this.input.focus(); // this letter is typed after the other
      return;
    }
    this.carryOut();
    const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
    if (digit) {
      const wanted = this.classes.find((each) => this.digits.get(each.name) === Number(digit[1]));
      if (wanted) {
        this.give({className: wanted.name});
      }
    } else if (event.key === 'Enter') {
      if (isOnControl(event)) {
        return;
      }
      this.acceptSuggestion();
    } else if (event.code === 'KeyN') {
      this.later(event, () => this.give({className: ''}));
    } else if (event.code === 'KeyS') {
      this.later(event, () => this.skip());
    } else if (event.code === 'KeyZ') {
      this.later(event, () => this.undo());
    } else if (event.key === '/') {
      this.input.focus();
    } else if (isLetter) {
      this.input.focus(); // the letter is typed into the field
      return;
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Does what a letter says once it is clear that no name begins with it: with the next key, or in a moment. */
  later(event, act) {
    this.pending = {code: event.code, letter: event.key, act, timer: setTimeout(() => this.carryOut(), TYPING)};
  }

  carryOut() {
    if (this.pending) {
      const {act, timer} = this.pending;
      clearTimeout(timer);
      this.pending = undefined;
      act();
    }
  }

  acceptSuggestion() {
    const suggestion = this.queue[0]?.suggestion;
    if (suggestion) {
      this.give({className: suggestion.className, accepted: true});
    }
  }

  typed(event) {
    event.preventDefault();
    const name = this.known(this.input.value) ?? this.input.value.trim();
    this.clear();
    if (name !== '') {
      this.give({className: name}, name);
    } else {
      this.acceptSuggestion();
    }
  }

  clear() {
    this.input.value = '';
    this.input.blur();
    this.filter();
  }

  /** The next photo is there before the server has answered; what is refused comes back, with the name that was typed. */
  give(wish, typed = '') {
    const photo = this.queue.shift();
    if (photo === undefined) {
      return;
    }
    this.clear();
    this.unanswered.add(photo.id);
    say(text(wish.className === '' ? 'givenNone' : 'given', {photo: photo.name, name: wish.className}));
    this.render();
    this.ask(async () => {
      try {
        const done = await post('/api/label', {photos: [photo.id], ...wish});
        sayAll(done.faults);
      } catch (fault) {
        this.queue.unshift(photo);
        this.render();
        if (typed !== '' && this.input.value === '') {
          this.input.value = typed;
          this.filter();
          this.input.focus();
        }
        throw fault;
      } finally {
        this.unanswered.delete(photo.id);
      }
    });
  }

  skip() {
    const photo = this.queue.shift();
    if (photo !== undefined) {
      this.render();
      this.ask(() => post('/api/skip', {photo: photo.id}));
    }
  }

  undo() {
    this.ask(async () => {
      const back = (await takeBack()).filter((photo) => photo.className === null && !photo.none);
      this.queue = [...back, ...this.queue.filter((photo) => !back.some((each) => each.id === photo.id))];
      this.render();
    });
  }
}

customElements.define('studio-label', Labelling);

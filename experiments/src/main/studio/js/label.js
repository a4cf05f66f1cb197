/** Labelling one photo after the other, by keys. */

import {follow, get, post} from './api.js';
import {judgementSentence} from './judgement.js';
import {h, isTyping, large, number, percent, say, sayAll, text} from './dom.js';

const AHEAD = 6;
const MOST_KEYS = 9;

/** Milliseconds in which a second letter makes a name of a letter that is a key, too. */
const TYPING = 500;

class Labelling extends HTMLElement {
  queue = [];
  classes = [];
  left = 0;

  /** Requests follow each other, so that undo takes back what was last seen. */
  requests = Promise.resolve();
  unanswered = new Set();
  preloaded = new Map();

  connectedCallback() {
    this.build();
    this.keys = (event) => this.key(event);
    document.addEventListener('keydown', this.keys);
    follow(this, 'overview', (state) => this.take(state));
    follow(this, 'suggestions', () => this.fetchNext());
    follow(this, 'judgement', (judgement) => {
      this.judgement.textContent = judgementSentence(judgement);
    });
    this.fetchNext();
  }

  disconnectedCallback() {
    this.carryOut();
    document.removeEventListener('keydown', this.keys);
  }

  build() {
    this.image = h('img', {alt: '', decoding: 'async'});
    this.caption = h('p', {class: 'quiet', 'aria-live': 'polite'});
    this.why = h('p', {class: 'quiet'});
    this.judgement = h('p', {class: 'quiet small'});
    this.accept = h('button', {class: 'main', onclick: () => this.acceptSuggestion()});
    this.buttons = h('div', {class: 'keys', role: 'group', 'aria-label': text('classes')});
    this.names = h('datalist', {id: 'names'});
    this.input = h('input', {id: 'name', list: 'names', autocomplete: 'off', maxlength: 100, 'aria-keyshortcuts': '/'});
    const form = h('form', {class: 'row', onsubmit: (event) => this.typed(event)},
      h('label', {for: 'name'}, text('typeName')), this.input, this.names);
    const action = (key, letter, act) =>
      h('button', {onclick: act, 'aria-keyshortcuts': letter}, h('kbd', {}, letter), ' ', text(key));
    this.work = h('div', {class: 'labelling'},
      h('div', {}, h('div', {class: 'photo'}, this.image), this.caption, this.why),
      h('div', {},
        h('div', {class: 'row'}, this.accept),
        this.buttons,
        form,
        h('div', {class: 'row'},
          action('noneOfThese', 'N', () => this.give({className: ''})),
          action('skip', 'S', () => this.skip()),
          action('undo', 'Z', () => this.undo())),
        this.judgement));
    this.work.addEventListener('click', () => this.carryOut(), true);
    this.done = h('p', {}, text('allLabelled'));
    this.done.hidden = true;
    this.replaceChildren(h('h2', {}, text('part.label')), this.done, this.work);
  }

  take(state) {
    this.left = state.unlabelled;
    const names = (classes) => JSON.stringify(classes.map((each) => each.name));
    const same = names(state.classes) === names(this.classes);
    this.classes = state.classes;
    if (same) { // the buttons stay, so that none loses the focus
      this.classes.forEach((each, i) => {
        this.buttons.children[i].querySelector('.count').textContent = number(each.photos);
      });
    } else {
      this.buttons.replaceChildren(...this.classes.map((each, i) => this.button(each, i)));
      this.names.replaceChildren(...this.classes.map((each) => h('option', {value: each.name})));
    }
    this.render();
  }

  button(each, i) {
    const hasKey = i < MOST_KEYS;
    return h('button', {
      onclick: () => this.give({className: each.name}),
      ...(hasKey ? {'aria-keyshortcuts': `${i + 1}`} : {}),
    }, hasKey ? h('kbd', {}, `${i + 1}`) : '', h('span', {}, each.name), h('span', {class: 'count'}, number(each.photos)));
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
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      return;
    }
    if (isTyping(event.target)) {
      if (event.key === 'Escape') {
        this.input.value = '';
        this.input.blur();
      }
      return;
    }
    const isLetter = /^\p{L}$/u.test(event.key);
    if (this.pending && isLetter && event.code !== this.pending.code) {
      clearTimeout(this.pending.timer);
      this.input.value = this.pending.letter;
      this.pending = undefined;
      this.input.focus(); // this letter is typed after the other
      return;
    }
    this.carryOut();
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    const onControl = event.target.closest('a, button, summary') !== null;
    if (digit) {
      const wanted = this.classes[digit[1] - 1];
      if (wanted) {
        this.give({className: wanted.name});
      }
    } else if (event.key === 'Enter') {
      if (onControl) {
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
    const name = this.input.value.trim();
    this.input.value = '';
    this.input.blur();
    if (name !== '') {
      this.give({className: name});
    } else {
      this.acceptSuggestion();
    }
  }

  /** The next photo is there before the server has answered. */
  give(wish) {
    const photo = this.queue.shift();
    if (photo === undefined) {
      return;
    }
    this.unanswered.add(photo.id);
    say(text(wish.className === '' ? 'givenNone' : 'given', {photo: photo.name, name: wish.className}));
    this.render();
    this.ask(async () => {
      try {
        const done = await post('/api/label', {photos: [photo.id], ...wish});
        sayAll(done.faults);
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
      const done = await post('/api/undo');
      sayAll(done.faults);
      if (done.photos.length > 0) {
        say(text('undone', {count: number(done.photos.length), name: done.photos[0].name}));
        const back = done.photos.filter((photo) => photo.className === null && !photo.none);
        this.queue = [...back, ...this.queue.filter((photo) => !back.some((each) => each.id === photo.id))];
        this.render();
      } else if (done.faults.length === 0) {
        say(text('nothingToUndo'));
      }
    });
  }

  ask(request) {
    this.requests = this.requests.then(async () => {
      try {
        await request();
      } catch (fault) {
        say(fault.message, true);
      }
      await this.fetchNext();
    });
  }
}

customElements.define('studio-label', Labelling);

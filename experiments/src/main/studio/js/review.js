/** Labels that look wrong: one photo after the other, to be corrected or found right. */

import {follow, get, post} from './api.js';
import {h, isTyping, large, number, percent, say, sayAll, small, text} from './dom.js';
import {inTurn, isOnControl, keyButton, leaveClicked, onKeys, takeBack} from './turns.js';

class Review extends HTMLElement {
  photos = [];
  classes = [];

  /** Photos that come after all others, and what was done here, the last last. */
  later = new Set();
  done = [];
  ask = inTurn(() => this.load());

  connectedCallback() {
    this.build();
    onKeys(this, (event) => this.key(event));
    follow(this, 'overview', (state) => this.take(state));
    follow(this, 'review', () => this.load());
    this.load();
  }

  build() {
    this.found = h('p', {'aria-live': 'polite'});
    this.image = h('img', {alt: '', decoding: 'async'});
    this.caption = h('p', {class: 'quiet'});
    this.verdict = h('p', {'aria-live': 'polite'});
    this.correct = h('button', {class: 'main', onclick: () => this.give({className: this.photos[0].answer, accepted: true})});
    this.right = h('button', {'aria-keyshortcuts': 'R', onclick: () => this.keep()});
    this.other = h('select', {id: 'other-class', onchange: () => this.choose()});
    this.tiles = h('ul', {class: 'tiles'});
    this.work = h('div', {},
      h('div', {class: 'labelling'},
        h('div', {}, h('div', {class: 'photo'}, this.image), this.caption),
        h('div', {},
          this.verdict,
          h('div', {class: 'stack'}, this.correct, this.right),
          h('div', {class: 'row'}, h('label', {for: 'other-class'}, text('anotherClass')), this.other),
          h('div', {class: 'row'}, keyButton('later', 'S', () => this.skip()), keyButton('undo', 'Z', () => this.undo())))),
      this.tiles);
    leaveClicked(this.work);
    this.replaceChildren(h('h2', {}, text('reviewHead')), h('p', {class: 'quiet'}, text('reviewHelp')), this.found, this.work);
    this.work.hidden = true;
  }

  take(state) {
    this.classes = state.classes.map((each) => each.name);
    this.renderChoice();
  }

  renderChoice() {
    this.other.replaceChildren(
      h('option', {value: ''}, text('choose')),
      ...this.classes.map((name) => h('option', {value: `class:${name}`}, name)),
      h('option', {value: 'none'}, text('none')),
      h('option', {value: 'unlabel'}, text('unlabel')));
  }

  async load() {
    try {
      const review = await get('/api/review');
      this.photos = [
        ...review.photos.filter((photo) => !this.later.has(photo.id)),
        ...review.photos.filter((photo) => this.later.has(photo.id)),
      ];
      this.render(review);
    } catch (fault) {
      say(fault.message, true);
    }
  }

  render(review) {
    this.found.textContent = this.sentence(review);
    this.found.setAttribute('aria-busy', String(review.looking));
    this.show();
  }

  sentence({looking, inAll, compared, alone}) {
    if (looking && inAll === 0) {
      return text('reviewing');
    }
    const sentences = [compared === 0
      ? text('nothingToReview')
      : text(inAll === 0 ? 'noneDoubtful' : 'doubtful', {count: number(inAll), compared: number(compared)})];
    if (alone > 0 && compared > 0) {
      sentences.push(text('alone', {count: number(alone)}));
    }
    return sentences.join(' ');
  }

  show() {
    const photo = this.photos[0];
    this.work.hidden = photo === undefined;
    if (photo === undefined) {
      return;
    }
    if (this.image.dataset.id !== photo.id) {
      this.image.dataset.id = photo.id;
      this.image.src = large(photo);
      this.image.alt = text('photo', {name: photo.name});
    }
    this.caption.textContent = photo.name;
    this.verdict.textContent = text('votes', {
      name: photo.className, answer: photo.answer, share: percent(photo.share), answerShare: percent(photo.answerShare),
    });
    this.correct.replaceChildren(h('kbd', {}, 'Enter'), ' ', text('itIs', {name: photo.answer}));
    this.right.replaceChildren(h('kbd', {}, 'R'), ' ', text('isRight', {name: photo.className}));
    this.renderChoice();
    this.tiles.replaceChildren(...this.photos.slice(1).map((each) => h('li', {}, h('button', {
      class: 'tile', onclick: () => this.bring(each),
    }, h('img', {src: small(each), alt: text('photo', {name: each.name}), loading: 'lazy'}),
    h('span', {class: 'mark'}, `${each.className} → ${each.answer}`)))));
  }

  bring(photo) {
    this.photos = [photo, ...this.photos.filter((each) => each.id !== photo.id)];
    this.show();
    this.correct.focus();
  }

  key(event) {
    if (isTyping(event.target)) {
      return;
    }
    if (event.code === 'KeyZ') {
      this.undo();
    } else if (this.photos.length === 0) {
      return;
    } else if (event.key === 'Enter') {
      if (isOnControl(event)) {
        return;
      }
      this.give({className: this.photos[0].answer, accepted: true});
    } else if (event.code === 'KeyR') {
      this.keep();
    } else if (event.code === 'KeyS') {
      this.skip();
    } else {
      return;
    }
    event.preventDefault();
  }

  choose() {
    const choice = this.other.value;
    if (choice !== '') {
      this.give({className: choice.startsWith('class:') ? choice.slice('class:'.length) : '', unlabel: choice === 'unlabel'});
    }
  }

  /** The next photo is there before the server has answered. */
  give(wish) {
    const photo = this.photos.shift();
    if (photo === undefined) {
      return;
    }
    this.show();
    this.ask(async () => {
      const done = await post('/api/label', {photos: [photo.id], ...wish});
      say(text(wish.unlabel ? 'labelTaken' : wish.className === '' ? 'givenNone' : 'given', {photo: photo.name, name: wish.className}));
      sayAll(done.faults);
      this.done.push({});
    });
  }

  keep() {
    const photo = this.photos.shift();
    if (photo === undefined) {
      return;
    }
    this.show();
    this.ask(async () => {
      await post('/api/review/right', {photo: photo.id, right: true});
      say(text('keptRight', {photo: photo.name, name: photo.className}));
      this.done.push({right: photo});
    });
  }

  skip() {
    const photo = this.photos.shift();
    if (photo !== undefined) {
      this.later.add(photo.id);
      this.photos.push(photo);
      this.show();
    }
  }

  undo() {
    this.ask(async () => {
      const last = this.done.pop();
      if (last?.right) {
        await post('/api/review/right', {photo: last.right.id, right: false});
        say(text('undone', {count: number(1), name: last.right.name}));
        return;
      }
      await takeBack();
    });
  }
}

customElements.define('studio-review', Review);

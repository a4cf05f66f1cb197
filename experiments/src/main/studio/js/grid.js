/** Photos that are suggested to be of one class, to be accepted together. */

import {follow, get, post} from './api.js';
import {judgementSentence} from './judgement.js';
import {h, number, percent, say, sayAll, small, text} from './dom.js';

const AT_A_TIME = 20;

class Grid extends HTMLElement {
  photos = [];
  out = new Set();
  dismissed = new Set();
  last = -1;

  connectedCallback() {
    this.select = h('select', {id: 'grid-class', onchange: () => this.load()});
    this.tiles = h('ul', {class: 'tiles'});
    this.judgement = h('p', {class: 'quiet small'});
    this.accept = h('button', {class: 'main', onclick: () => this.acceptAll()});
    this.replaceChildren(
      h('h2', {}, text('part.grid')),
      h('p', {class: 'quiet'}, text('gridHelp')),
      h('div', {class: 'row'}, h('label', {for: 'grid-class'}, text('class')), this.select, this.accept,
        h('button', {onclick: () => this.undo()}, text('undo'))),
      this.judgement,
      this.tiles);
    follow(this, 'overview', (state) => this.take(state));
    follow(this, 'judgement', (judgement) => {
      this.judgement.textContent = judgementSentence(judgement);
    });
    follow(this, 'suggestions', () => {
      if (this.photos.length === 0) {
        this.load();
      }
    });
  }

  take(state) {
    const names = state.classes.map((each) => each.name);
    if (names.join('\n') !== [...this.select.options].map((each) => each.value).join('\n')) {
      const before = this.select.value;
      this.select.replaceChildren(...names.map((name) => h('option', {value: name}, name)));
      this.select.value = names.includes(before) ? before : names[0] ?? '';
      this.load();
    }
  }

  async load() {
    if (this.select.value === '') {
      this.show([]);
      return;
    }
    try {
      const count = AT_A_TIME + this.dismissed.size;
      const {photos} = await get(`/api/grid?count=${count}&class=${encodeURIComponent(this.select.value)}`);
      this.show(photos.filter((photo) => !this.dismissed.has(photo.id)).slice(0, AT_A_TIME));
    } catch (fault) {
      say(fault.message, true);
    }
  }

  show(photos) {
    this.photos = photos;
    this.out.clear();
    this.last = -1;
    this.tiles.replaceChildren(...photos.map((photo, i) => h('li', {}, h('button', {
      class: 'tile', 'aria-pressed': 'true', onclick: (event) => this.toggle(i, event.shiftKey),
    }, h('img', {src: small(photo), alt: text('photo', {name: photo.name}), loading: 'lazy'}),
    h('span', {class: 'mark'}, percent(photo.suggestion.confidence))))));
    this.renderAccept();
  }

  /** With shift, all from the one before on become what this one becomes. */
  toggle(index, range) {
    const out = !this.out.has(index);
    const from = range && this.last >= 0 ? Math.min(this.last, index) : index;
    const to = range && this.last >= 0 ? Math.max(this.last, index) : index;
    for (let i = from; i <= to; i++) {
      if (out) {
        this.out.add(i);
      } else {
        this.out.delete(i);
      }
      this.tiles.children[i].firstChild.setAttribute('aria-pressed', String(!out));
    }
    this.last = index;
    this.renderAccept();
  }

  renderAccept() {
    const count = this.photos.length - this.out.size;
    this.accept.disabled = this.photos.length === 0;
    this.accept.textContent = this.photos.length === 0
      ? text('noneSuggested')
      : text('acceptAll', {count: number(count), name: this.select.value});
  }

  async acceptAll() {
    const photos = this.photos.filter((photo, i) => !this.out.has(i)).map((photo) => photo.id);
    this.photos.filter((photo, i) => this.out.has(i)).forEach((photo) => this.dismissed.add(photo.id));
    const focused = document.activeElement === this.accept;
    this.accept.disabled = true;
    try {
      if (photos.length > 0) {
        const done = await post('/api/label', {photos, className: this.select.value, accepted: true});
        say(text('accepted', {count: number(done.photos.length), name: this.select.value}));
        sayAll(done.faults);
      }
    } catch (fault) {
      say(fault.message, true);
    }
    await this.load();
    if (focused) {
      this.accept.focus();
    }
  }

  async undo() {
    try {
      const done = await post('/api/undo');
      say(done.photos.length > 0
        ? text('undone', {count: number(done.photos.length), name: done.photos[0].name})
        : text('nothingToUndo'));
      sayAll(done.faults);
    } catch (fault) {
      say(fault.message, true);
    }
    await this.load();
  }
}

customElements.define('studio-grid', Grid);

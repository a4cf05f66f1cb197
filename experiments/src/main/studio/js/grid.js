/** Photos that are suggested to be of one class, to be accepted together. */

import {follow, get, post} from './api.js';
import {h, number, percent, say, sayAll, small, text} from './dom.js';
import {judgementSentence} from './judgement.js';
import {inTurn, takeBack} from './turns.js';

const AT_A_TIME = 20;

/** Photos are selected from this probability on: the class is likelier than all others together. */
const SURE = 0.5;

const isSure = (photo) => photo.suggestion.confidence >= SURE;

class Grid extends HTMLElement {
  photos = [];
  buttons = [];
  selected = new Set();
  dismissed = new Set();
  touched = false;
  last = -1;
  ask = inTurn(() => this.load());

  connectedCallback() {
    this.select = h('select', {id: 'grid-class', onchange: () => this.load()});
    this.judgement = h('p', {class: 'quiet small'});
    this.help = h('p', {class: 'quiet'}, text('gridHelp'));
    this.accept = h('button', {class: 'main', onclick: () => this.acceptSelected()});
    this.found = h('div', {'aria-live': 'polite'});
    this.sure = h('ul', {class: 'tiles'});
    this.unsure = h('ul', {class: 'tiles unsure'});
    this.below = h('div', {}, h('h3', {}, text('unsureHead')), this.unsure);
    this.replaceChildren(
      h('h2', {}, text('part.grid')),
      this.help,
      h('div', {class: 'row'}, h('label', {for: 'grid-class'}, text('class')), this.select, this.accept,
        h('button', {onclick: () => this.ask(takeBack)}, text('undo'))),
      this.judgement, this.found, this.sure, this.below);
    follow(this, 'overview', (state) => this.take(state));
    follow(this, 'judgement', (judgement) => {
      this.judgement.textContent = judgementSentence(judgement);
    });
    follow(this, 'suggestions', () => {
      if (!this.touched && !this.photos.some(isSure)) {
        this.load();
      }
    });
  }

  take(state) {
    this.folder = state;
    const names = state.classes.map((each) => each.name);
    if (names.join('\n') !== [...this.select.options].map((each) => each.value).join('\n')) {
      const before = this.select.value;
      this.select.replaceChildren(...names.map((name) => h('option', {value: name}, name)));
      this.select.value = names.includes(before) ? before : names[0] ?? '';
      this.load();
    } else {
      this.renderFound();
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
    this.selected = new Set(photos.filter(isSure));
    this.touched = false;
    this.last = -1;
    this.buttons = photos.map((photo, i) => h('button', {
      class: 'tile', 'aria-pressed': String(isSure(photo)), onclick: (event) => this.toggle(i, event.shiftKey),
    }, h('img', {src: small(photo), alt: text('photo', {name: photo.name}), loading: 'lazy'}),
    h('span', {class: 'mark'}, percent(photo.suggestion.confidence))));
    const tiles = (some) => some.map((photo) => h('li', {}, this.buttons[photos.indexOf(photo)]));
    const unsure = photos.filter((photo) => !isSure(photo));
    this.sure.replaceChildren(...tiles(photos.filter(isSure)));
    this.unsure.replaceChildren(...tiles(unsure));
    this.below.hidden = unsure.length === 0;
    this.renderAccept();
    this.renderFound();
  }

  /** With shift, all from the one before on become what this one becomes. */
  toggle(index, range) {
    const selected = !this.selected.has(this.photos[index]);
    const other = range && this.last >= 0 ? this.last : index;
    for (let i = Math.min(other, index); i <= Math.max(other, index); i++) {
      this.selected[selected ? 'add' : 'delete'](this.photos[i]);
      this.buttons[i].setAttribute('aria-pressed', String(selected));
    }
    this.last = index;
    this.touched = true;
    this.renderAccept();
  }

  /** Photos that were clicked out; those that never were selected stay. */
  get out() {
    return this.photos.filter((photo) => isSure(photo) && !this.selected.has(photo));
  }

  renderAccept() {
    const count = this.selected.size;
    this.accept.disabled = count === 0 && this.out.length === 0;
    this.accept.textContent = count === 0 && this.out.length > 0
      ? text('others')
      : text('acceptAll', {count: number(count), name: this.select.value});
    this.accept.hidden = this.photos.length === 0;
    this.help.hidden = this.photos.length === 0;
  }

  /** Why there are none, or none of which it is sure. */
  renderFound() {
    const sure = this.photos.some(isSure);
    const key = this.photos.length > 0 ? 'unsure' : this.reason();
    const toLabel = ['noClasses', 'oneClass', 'noLabel'].includes(key) ? [' ', h('a', {href: '#/label'}, text('part.label'))] : [];
    const sentence = sure || this.folder === undefined ? '' : text(`grid.${key}`, {
      name: this.select.value, count: number(this.folder.unlabelled),
    });
    if (sentence !== this.found.dataset.sentence) {
      this.found.dataset.sentence = sentence;
      this.found.replaceChildren(...(sentence === '' ? [] : [h('p', {}, sentence, ...toLabel)]));
    }
  }

  reason() {
    const {classes, unlabelled, prepared} = this.folder ?? {classes: [], unlabelled: 0, prepared: {}};
    const labelled = classes.filter((each) => each.photos > 0);
    if (classes.length === 0) {
      return 'noClasses';
    } else if (unlabelled === 0) {
      return 'allLabelled';
    } else if (labelled.length < 2) {
      return 'oneClass';
    } else if (!labelled.some((each) => each.name === this.select.value)) {
      return 'noLabel';
    }
    return prepared.done < prepared.all ? 'preparing' : 'none';
  }

  async acceptSelected() {
    const photos = [...this.selected].map((photo) => photo.id);
    const name = this.select.value;
    const focused = document.activeElement === this.accept;
    this.out.forEach((photo) => this.dismissed.add(photo.id));
    this.accept.disabled = true;
    await this.ask(async () => {
      if (photos.length > 0) {
        const done = await post('/api/label', {photos, className: name, accepted: true});
        say(text('accepted', {count: number(done.photos.length), name}));
        sayAll(done.faults);
      }
    });
    if (focused) {
      this.accept.focus();
    }
  }
}

customElements.define('studio-grid', Grid);

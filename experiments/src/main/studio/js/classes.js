/** The classes: their labelled photos to be corrected, other names for them, new ones. */

import {follow, get, post} from './api.js';
import {h, number, say, sayAll, small, text} from './dom.js';
import {newsAndLink} from './news.js';

const AT_A_TIME = 60;

class Classes extends HTMLElement {
  classes = [];
  from = 0;

  connectedCallback() {
    this.select = h('select', {id: 'shown-class', onchange: () => this.show(0)});
    this.tiles = h('ul', {class: 'tiles'});
    this.more = h('div', {class: 'row'});
    this.news = h('p', {'aria-live': 'polite'});
    this.newName = h('input', {id: 'new-class', maxlength: 100, autocomplete: 'off'});
    this.otherName = h('input', {id: 'other-name', maxlength: 100, autocomplete: 'off'});
    this.replaceChildren(
      h('h2', {}, text('part.classes')),
      h('form', {class: 'row', onsubmit: (event) => this.add(event)},
        h('label', {for: 'new-class'}, text('newClass')), this.newName, h('button', {}, text('add'))),
      h('div', {class: 'row'}, h('label', {for: 'shown-class'}, text('class')), this.select),
      h('form', {class: 'row', onsubmit: (event) => this.rename(event)},
        h('label', {for: 'other-name'}, text('rename')), this.otherName, h('button', {}, text('renameDo'))),
      h('p', {class: 'quiet'}, text('renameHelp')),
      this.news,
      this.tiles, this.more);
    follow(this, 'overview', (state) => this.take(state));
  }

  take(state) {
    const news = newsAndLink(state.news);
    if (news.join('') !== this.told) { // what is read aloud is read once
      this.told = news.join('');
      this.news.replaceChildren(...news);
    }
    const changed = JSON.stringify([state.classes, state.none]) !== this.seen;
    this.seen = JSON.stringify([state.classes, state.none]);
    if (!changed) {
      return;
    }
    this.classes = state.classes.map((each) => each.name);
    const before = this.select.value;
    this.select.replaceChildren(
      ...state.classes.map((each) => h('option', {value: each.name}, `${each.name} (${number(each.photos)})`)),
      h('option', {value: ''}, `${text('none')} (${number(state.none)})`));
    this.select.value = this.classes.includes(before) ? before : this.classes[0] ?? '';
    this.show(this.select.value === before ? this.from : 0);
  }

  async show(from) {
    this.from = from;
    try {
      const name = encodeURIComponent(this.select.value);
      const {photos, inAll} = await get(`/api/labelled?class=${name}&from=${from}&count=${AT_A_TIME}`);
      this.tiles.replaceChildren(...photos.map((photo) => this.tile(photo)));
      this.more.replaceChildren(
        h('button', {disabled: from === 0, onclick: () => this.show(Math.max(0, from - AT_A_TIME))}, text('before')),
        h('span', {}, text('shown', {from: number(Math.min(inAll, from + 1)), to: number(from + photos.length), all: number(inAll)})),
        h('button', {disabled: from + photos.length >= inAll, onclick: () => this.show(from + AT_A_TIME)}, text('after')));
    } catch (fault) {
      say(fault.message, true);
    }
  }

  tile(photo) {
    const choice = h('select', {'aria-label': text('correct', {name: photo.name}), onchange: () => this.correct(photo, choice.value)},
      this.classes.map((name) => h('option', {value: `class:${name}`}, name)),
      h('option', {value: 'none'}, text('none')),
      h('option', {value: 'unlabel'}, text('unlabel')));
    choice.value = photo.none ? 'none' : `class:${photo.className}`;
    return h('li', {}, h('div', {class: 'tile'},
      h('img', {src: small(photo), alt: text('photo', {name: photo.name}), loading: 'lazy'}), choice));
  }

  correct(photo, choice) {
    this.ask('/api/label', {
      photos: [photo.id],
      className: choice.startsWith('class:') ? choice.slice('class:'.length) : '',
      unlabel: choice === 'unlabel',
    });
  }

  add(event) {
    event.preventDefault();
    this.ask('/api/classes', {name: this.newName.value});
    this.newName.value = '';
  }

  rename(event) {
    event.preventDefault();
    if (this.select.value !== '') {
      this.ask('/api/classes/rename', {name: this.select.value, newName: this.otherName.value});
      this.otherName.value = '';
    }
  }

  async ask(path, body) {
    try {
      const done = await post(path, body);
      say(text('doneSo'));
      sayAll(done.faults ?? []);
    } catch (fault) {
      say(fault.message, true);
    }
  }
}

customElements.define('studio-classes', Classes);

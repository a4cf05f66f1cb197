/** What is in the folder, and the one next thing to do. */

import {follow, post} from './api.js';
import {h, number, say, text} from './dom.js';

const TARGETS = {ADD_PHOTOS: 'overview', GO_ON: 'train', NAME_CLASSES: 'label', LABEL_FIRST: 'label', ACCEPT: 'grid', TRAIN: 'train', TRY: 'try'};

class Overview extends HTMLElement {
  connectedCallback() {
    follow(this, 'overview', (state) => this.render(state));
  }

  render(state) {
    const open = [...this.querySelectorAll('details[open]')].map((each) => each.id);
    this.replaceChildren(
      h('h2', {}, state.folder),
      this.next(state),
      this.preparation(state.prepared),
      h('dl', {class: 'facts'},
        this.fact('photos', state.photos),
        this.fact('labelled', state.classes.reduce((sum, each) => sum + each.photos, 0)),
        this.fact('unlabelled', state.unlabelled),
        this.fact('none', state.none),
        this.fact('test', state.test)),
      this.doubtful(state.doubtful),
      this.classes(state.classes),
      this.details('unreadable', state.unreadables, state.unreadable.map((each) => h('li', {}, each.reason))),
      this.details('copies', state.copiesInAll, state.copies.map((each) => h('li', {}, each.join(' = ')))),
      h('div', {class: 'row'}, h('button', {onclick: () => this.rescan()}, text('rescan'))));
    open.forEach((id) => this.querySelector(`#${id}`)?.setAttribute('open', ''));
  }

  fact(key, value) {
    return h('div', {}, h('dt', {}, text(key)), h('dd', {}, number(value)));
  }

  next(state) {
    const key = state.next.toLowerCase();
    return h('section', {class: 'next', 'aria-label': text('nextThing')},
      h('p', {}, text(`next.${key}`)),
      state.next === 'ADD_PHOTOS' ? '' : h('a', {class: 'main', href: `#/${TARGETS[state.next]}`}, text(`next.${key}.do`)));
  }

  doubtful(count) {
    return count === 0 ? '' : h('p', {}, text('doubtfulFound', {count: number(count)}), ' ', h('a', {href: '#/review'}, text('doubtfulLink')));
  }

  preparation(prepared) {
    if (prepared.fault) {
      return h('p', {class: 'bad'}, prepared.fault, ' ', text('preparingAgain'));
    }
    if (prepared.done === prepared.all) {
      return '';
    }
    return h('div', {},
      h('label', {for: 'prepared'}, text('preparing', {done: number(prepared.done), all: number(prepared.all)})),
      h('progress', {id: 'prepared', value: prepared.done, max: prepared.all}));
  }

  classes(classes) {
    if (classes.length === 0) {
      return h('p', {class: 'quiet'}, text('noClasses'));
    }
    return h('div', {class: 'scroll'}, h('table', {},
      h('thead', {}, h('tr', {}, h('th', {scope: 'col'}, text('class')), h('th', {scope: 'col', class: 'number'}, text('labels')))),
      h('tbody', {}, classes.map((each) => h('tr', {},
        h('th', {scope: 'row'}, each.name),
        h('td', {class: 'number'}, number(each.photos)))))));
  }

  details(key, count, items) {
    if (count === 0) {
      return '';
    }
    return h('details', {id: key}, h('summary', {}, text(key, {count: number(count)})), h('ul', {class: 'plain'}, items));
  }

  async rescan() {
    try {
      say(text(await post('/api/rescan') ? 'rescanned' : 'nothingNew'));
    } catch (fault) {
      say(fault.message, true);
    }
  }
}

customElements.define('studio-overview', Overview);

/** What is in the folder, and the one next thing to do. */

import {follow, post} from './api.js';
import {h, matches, number, percent, say, text} from './dom.js';
import {newsSentence, rightSentence} from './news.js';

const TARGETS = {
  ADD_PHOTOS: 'overview', GO_ON: 'train', NAME_CLASSES: 'label', LABEL_FIRST: 'label', ACCEPT: 'grid',
  TRAIN: 'train', WAIT: 'train', TRAIN_AGAIN: 'train', TRY: 'try',
};

/** More classes can be searched. */
const FEW = 24;

class Overview extends HTMLElement {
  connectedCallback() {
    this.search = h('input', {type: 'search', id: 'search', autocomplete: 'off', oninput: () => this.filter()});
    this.searchRow = h('div', {class: 'row'}, h('label', {for: 'search'}, text('findClass')), this.search);
    this.list = h('ul', {class: 'classes', tabindex: 0, role: 'list', 'aria-label': text('classes')});
    this.above = h('div', {});
    this.below = h('div', {});
    this.classes = h('div', {}, h('h3', {}, text('classes')), this.searchRow, this.list);
    this.replaceChildren(
      this.above, this.classes, this.below,
      h('div', {class: 'row'}, h('button', {onclick: () => this.rescan()}, text('rescan'))));
    follow(this, 'overview', (state) => this.render(state));
  }

  render(state) {
    const open = [...this.querySelectorAll('details[open]')].map((each) => each.id);
    this.above.replaceChildren(
      h('h2', {}, state.folder),
      this.next(state),
      this.preparation(state.prepared),
      h('dl', {class: 'facts'},
        this.fact('photos', state.photos),
        this.fact('classes', state.classes.length),
        this.fact('labelled', state.classes.reduce((sum, each) => sum + each.photos, 0)),
        this.fact('unlabelled', state.unlabelled),
        this.fact('none', state.none),
        this.fact('test', state.test)),
      this.doubtful(state.doubtful),
      state.classes.length > 0 ? '' : h('p', {class: 'quiet'}, text('noClasses')));
    this.classes.hidden = state.classes.length === 0;
    this.searchRow.hidden = state.classes.length <= FEW;
    this.list.replaceChildren(...state.classes.map((each) =>
      h('li', {}, h('span', {}, each.name), h('span', {class: 'count'}, number(each.photos)))));
    this.filter();
    this.below.replaceChildren(
      this.details('unreadable', state.unreadables, state.unreadable.map((each) => h('li', {}, each.reason))),
      this.details('copies', state.copiesInAll, state.copies.map((each) => h('li', {}, each.join(' = ')))));
    open.forEach((id) => this.querySelector(`#${id}`)?.setAttribute('open', ''));
  }

  filter() {
    for (const each of this.list.children) {
      each.hidden = !matches(each.firstChild.textContent, this.search.value);
    }
  }

  fact(key, value) {
    return h('div', {}, h('dt', {}, text(key)), h('dd', {}, number(value)));
  }

  next({next, news, used}) {
    const key = next.toLowerCase();
    const model = used?.number ?? '';
    const sentences = [];
    if (next === 'TRAIN_AGAIN') {
      sentences.push(newsSentence(news));
    } else if (next === 'TRY' && used.accuracy !== null) {
      sentences.push(rightSentence(used));
    }
    sentences.push(text(`next.${key}`, {model}));
    return h('section', {class: 'next', 'aria-label': text('nextThing')},
      h('p', {}, sentences.join(' ')),
      next === 'ADD_PHOTOS' ? '' : h('a', {class: 'main', href: `#/${TARGETS[next]}`}, text(`next.${key}.do`)));
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

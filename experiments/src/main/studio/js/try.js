/** A photo from anywhere, classified by the newest model. */

import {follow, get, upload} from './api.js';
import {h, percent, say, text} from './dom.js';

class Try extends HTMLElement {
  connectedCallback() {
    this.file = h('input', {type: 'file', id: 'photo', accept: 'image/*', onchange: () => this.classify(this.file.files[0])});
    this.drop = h('div', {class: 'drop'}, h('label', {for: 'photo'}, text('dropPhoto')), ' ', this.file);
    this.drop.addEventListener('dragover', (event) => {
      event.preventDefault();
      this.drop.classList.add('over');
    });
    this.drop.addEventListener('dragleave', () => this.drop.classList.remove('over'));
    this.drop.addEventListener('drop', (event) => {
      event.preventDefault();
      this.drop.classList.remove('over');
      this.classify(event.dataTransfer.files[0]);
    });
    this.answer = h('div', {'aria-live': 'polite'});
    this.none = h('div', {hidden: true}, h('p', {}, text('noModels')), h('a', {class: 'main', href: '#/train'}, text('train')));
    this.replaceChildren(h('h2', {}, text('part.try')), this.none, this.drop, this.answer);
    follow(this, 'models', () => this.load());
    this.load();
  }

  async load() {
    try {
      const models = await get('/api/models');
      this.none.hidden = models.length > 0;
      this.drop.hidden = models.length === 0;
    } catch (fault) {
      say(fault.message, true);
    }
  }

  async classify(file) {
    if (file === undefined) {
      return;
    }
    say(text('classifying'));
    try {
      const {model, answers} = await upload('/api/try', file);
      say('');
      this.answer.replaceChildren(
        h('h3', {}, text('answerOf', {model})),
        h('table', {}, h('tbody', {}, answers.map((each) => h('tr', {},
          h('th', {scope: 'row'}, each.className),
          h('td', {class: 'number'}, percent(each.probability)))))));
    } catch (fault) {
      say(fault.message, true);
    }
  }
}

customElements.define('studio-try', Try);

/** Training in the background with its live curve, and the models. */

import {follow, get, post} from './api.js';
import {axis, Plot} from './curve.js';
import {h, number, percent, say, text} from './dom.js';
import {rightSentence, unreadableModels} from './news.js';

const RUNNING = ['WORKING', 'STEPPING', 'STOPPING'];

class Training extends HTMLElement {
  connectedCallback() {
    this.start = h('button', {class: 'main', onclick: () => this.ask('/api/train', {setAside: this.aside.checked})}, text('train'));
    this.stop = h('button', {onclick: () => this.ask('/api/train/stop', {})}, text('stop'));
    this.goOn = h('button', {onclick: () => this.ask('/api/train', {goOn: true})}, text('goOn'));
    this.aside = h('input', {type: 'checkbox', id: 'aside'});
    this.asideRow = h('p', {}, this.aside, ' ', h('label', {for: 'aside'}, text('setAside')));
    this.asideRow.hidden = true;
    this.few = h('p', {}, text('trainFew'), ' ', h('a', {href: '#/label'}, text('part.label')));
    this.few.hidden = true;
    this.doubtful = h('p', {});
    this.phase = h('p', {'aria-live': 'polite'});
    this.result = h('p', {});
    this.progress = h('progress', {'aria-label': text('trainingProgress')});
    this.curve = h('div', {class: 'curve', role: 'img'});
    this.curveHelp = h('p', {class: 'quiet small'}, text('curveHelp'));
    this.models = h('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': text('models')});
    this.replaceChildren(
      h('h2', {}, text('part.train')),
      h('p', {class: 'quiet'}, text('trainHelp')),
      this.few, this.asideRow, this.doubtful,
      h('div', {class: 'row'}, this.start, this.stop, this.goOn),
      this.phase, this.result, this.progress, this.curve, this.curveHelp,
      h('h3', {}, text('models')), unreadableModels(this), this.models);
    follow(this, 'overview', (state) => this.takeFolder(state));
    follow(this, 'training', (state) => this.take(state));
    this.loadModels();
  }

  disconnectedCallback() {
    this.plot?.destroy();
  }

  takeFolder(state) {
    this.few.hidden = state.classes.filter((each) => each.photos > 0).length > 1;
    this.start.disabled = this.running || !this.few.hidden;
    this.asideRow.hidden = state.test > 0;
    this.doubtful.replaceChildren(...(state.doubtful === 0 ? [] : [
      text('doubtfulFound', {count: number(state.doubtful)}), ' ', h('a', {href: '#/review'}, text('doubtfulLink'))]));
  }

  take(state) {
    const running = RUNNING.includes(state.phase);
    this.running = running;
    this.start.disabled = running || !this.few.hidden;
    this.stop.hidden = !running;
    this.stop.disabled = state.phase === 'STOPPING';
    this.goOn.hidden = !state.canGoOn;
    this.phase.textContent = this.sentence(state);
    this.phase.classList.toggle('bad', state.phase === 'FAILED');
    this.progress.hidden = !running || state.all === 0;
    this.progress.max = Math.max(1, state.all);
    this.progress.value = state.done;
    this.draw(state.curve);
    const finished = state.phase === 'FINISHED' ? state.model : undefined;
    if (finished !== this.finished) {
      this.finished = finished;
      this.loadModels();
    }
  }

  sentence(state) {
    const left = state.secondsLeft < 0 ? text('unknownTime') : text('minutes', {
      minutes: Math.floor(state.secondsLeft / 60), seconds: String(Math.floor(state.secondsLeft % 60)).padStart(2, '0'),
    });
    const values = {
      model: state.model, what: state.work === null ? '' : text(`work.${state.work.toLowerCase()}`), done: number(state.done), all: number(state.all), message: state.message, left,
    };
    if (state.phase === 'NONE') {
      return '';
    }
    return text(`phase.${state.phase === 'WORKING' && state.work === null ? 'beginning' : state.phase.toLowerCase()}`, values);
  }

  draw(points) {
    this.curve.hidden = points.length < 2;
    this.curveHelp.hidden = points.length < 2;
    if (points.length < 2) {
      return;
    }
    const last = points.at(-1);
    this.curve.setAttribute('aria-label', text('curve', {step: number(last.step), right: percent(last.right)}));
    const data = [
      points.map((each) => each.step),
      points.map((each) => 100 * each.right),
      points.map((each) => (each.confident < 0 ? null : 100 * each.confident)),
    ];
    if (this.plot) {
      this.plot.setData(data);
      return;
    }
    this.plot = new Plot(this.curve, {
      scales: {x: {time: false}, y: {range: [0, 100]}},
      axes: [
        axis(this, {label: text('step'), size: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]}),
        axis(this, {label: text('ofPhotos')}),
      ],
      series: [
        {},
        {label: text('right'), stroke: '#2f7ed8', width: 2},
        {label: text('confident'), stroke: '#d97a06', width: 2, dash: [6, 3]},
      ],
    }, data);
  }

  async loadModels() {
    try {
      this.show(await get('/api/models'));
    } catch (fault) {
      say(fault.message, true);
    }
  }

  show(models) {
    const made = models.find((model) => model.number === this.finished);
    this.result.replaceChildren(...(made === undefined ? [] : [
      rightSentence(made), ' ', h('a', {href: '#/models'}, text('moreOfModels'))]));
    if (models.length === 0) {
      this.models.replaceChildren(h('p', {class: 'quiet'}, text('noModels')));
      return;
    }
    const heads = ['labels', 'unlabelled', 'classes', 'accuracy'];
    this.models.replaceChildren(h('table', {class: 'wide'},
      h('thead', {}, h('tr', {},
        h('th', {scope: 'col'}, text('model')),
        heads.map((key) => h('th', {scope: 'col', class: 'number'}, text(key))),
        h('th', {scope: 'col'}, text('ship')))),
      h('tbody', {}, models.map((model) => h('tr', {},
        h('th', {scope: 'row'}, model.number),
        h('td', {class: 'number'}, number(model.labelled)),
        h('td', {class: 'number'}, number(model.unlabelled)),
        h('td', {class: 'number'}, number(model.classes.length)),
        h('td', {class: 'number'}, model.accuracy === null ? text('unknown') : percent(model.accuracy)),
        h('td', {}, h('button', {'aria-label': text('exportOf', {model: model.number}), onclick: () => this.ship(model)}, 'ONNX')))))));
  }

  async ship(model) {
    say(text('exporting'));
    try {
      const {file} = await post('/api/models/export', {number: model.number});
      say(text('exported', {file}));
    } catch (fault) {
      say(fault.message, true);
    }
  }

  async ask(path, body) {
    try {
      this.take(await post(path, body));
      say('');
    } catch (fault) {
      say(fault.message, true);
    }
  }
}

customElements.define('studio-train', Training);

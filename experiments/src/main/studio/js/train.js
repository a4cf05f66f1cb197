/** Training in the background with its live curve, and the models. */

import uPlot from '/lib/uPlot.esm.js';
import {follow, get, post} from './api.js';
import {h, number, percent, say, text} from './dom.js';

const RUNNING = ['WORKING', 'STEPPING', 'STOPPING'];
const HEIGHT = 240;

class Training extends HTMLElement {
  connectedCallback() {
    this.start = h('button', {class: 'main', onclick: () => this.ask('/api/train', {})}, text('train'));
    this.stop = h('button', {onclick: () => this.ask('/api/train/stop', {})}, text('stop'));
    this.goOn = h('button', {onclick: () => this.ask('/api/train', {goOn: true})}, text('goOn'));
    this.phase = h('p', {'aria-live': 'polite'});
    this.progress = h('progress', {'aria-label': text('trainingProgress')});
    this.curve = h('div', {class: 'curve', role: 'img'});
    this.models = h('div', {class: 'scroll'});
    this.replaceChildren(
      h('h2', {}, text('part.train')),
      h('p', {class: 'quiet'}, text('trainHelp')),
      h('div', {class: 'row'}, this.start, this.stop, this.goOn),
      this.phase, this.progress, this.curve,
      h('h3', {}, text('models')), this.models);
    this.resized = new ResizeObserver(() => this.plot?.setSize({width: this.curve.clientWidth, height: HEIGHT}));
    this.resized.observe(this.curve);
    follow(this, 'training', (state) => this.take(state));
    this.loadModels();
  }

  disconnectedCallback() {
    this.resized.disconnect();
    this.plot?.destroy();
  }

  take(state) {
    const running = RUNNING.includes(state.phase);
    this.start.disabled = running;
    this.stop.hidden = !running;
    this.stop.disabled = state.phase === 'STOPPING';
    this.goOn.hidden = state.phase !== 'STOPPED';
    this.phase.textContent = this.sentence(state);
    this.phase.classList.toggle('bad', state.phase === 'FAILED');
    this.progress.hidden = !running || state.all === 0;
    this.progress.max = Math.max(1, state.all);
    this.progress.value = state.done;
    this.draw(state.curve);
    if (state.phase === 'FINISHED' && this.finished !== state.model) {
      this.finished = state.model;
      this.loadModels();
    }
  }

  sentence(state) {
    const values = {
      model: state.model, what: state.what, done: number(state.done), all: number(state.all), message: state.message,
      left: text('minutes', {minutes: Math.floor(state.secondsLeft / 60), seconds: String(Math.floor(state.secondsLeft % 60)).padStart(2, '0')}),
    };
    return state.phase === 'NONE' ? '' : text(`phase.${state.phase.toLowerCase()}`, values);
  }

  draw(points) {
    this.curve.hidden = points.length < 2;
    if (points.length < 2) {
      return;
    }
    const last = points.at(-1);
    this.curve.setAttribute('aria-label', text('curve', {step: number(last.step), right: percent(last.right)}));
    const data = [
      points.map((each) => each.step),
      points.map((each) => 100 * each.right),
      points.map((each) => (each.confident < 0 ? null : 100 * each.confident)),
      points.map((each) => each.loss),
    ];
    if (this.plot) {
      this.plot.setData(data);
      return;
    }
    const colour = getComputedStyle(this).getPropertyValue('--front').trim();
    const axis = (more) => ({stroke: colour, grid: {stroke: 'rgba(128,128,128,.25)'}, ticks: {stroke: 'rgba(128,128,128,.25)'}, ...more});
    this.plot = new uPlot({
      width: this.curve.clientWidth || 300,
      height: HEIGHT,
      scales: {x: {time: false}, '%': {range: [0, 100]}},
      axes: [axis({}), axis({scale: '%'}), axis({scale: 'loss', side: 1, grid: {show: false}})],
      series: [
        {label: text('step')},
        {label: text('right'), scale: '%', stroke: '#2f7ed8', width: 2},
        {label: text('confident'), scale: '%', stroke: '#d97a06', width: 2, dash: [6, 3]},
        {label: text('loss'), scale: 'loss', stroke: '#7a8794', width: 1},
      ],
    }, data, this.curve);
  }

  async loadModels() {
    try {
      this.show(await get('/api/models'));
    } catch (fault) {
      say(fault.message, true);
    }
  }

  show(models) {
    if (models.length === 0) {
      this.models.replaceChildren(h('p', {class: 'quiet'}, text('noModels')));
      return;
    }
    const heads = ['model', 'labels', 'unlabelled', 'class', 'accuracy'];
    this.models.replaceChildren(h('table', {},
      h('thead', {}, h('tr', {}, heads.map((key) => h('th', {scope: 'col'}, text(key))), h('th', {scope: 'col'}, text('ship')))),
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

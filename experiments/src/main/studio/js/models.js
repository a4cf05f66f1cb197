/** The models: whether they got better, what changed, and which is in use; how right guesses are by the number of labels. */

import {follow, get, post} from './api.js';
import {axis, Plot} from './curve.js';
import {h, number, percent, say, text} from './dom.js';
import {changes, newsAndLink, rightSentence, unreadableModels} from './news.js';

const SIGNIFICANT = 0.05;
const SETTINGS = ['method', 'tuning', 'headStart', 'steps', 'lr', 'batch', 'mu', 'resolution', 'seeds'];

const probe = (model) => model.simpler?.rows.find((row) => row.name === 'linear probe');

const when = (model) =>
  new Date(model.time).toLocaleString(document.documentElement.lang, {dateStyle: 'medium', timeStyle: 'short'});

const against = ({one, other, photos}) => (one === other ? text('noDifference') : text('points', {
  points: (100 * (other - one) / photos).toLocaleString(document.documentElement.lang, {
    minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'always',
  }),
}));

class Models extends HTMLElement {
  connectedCallback() {
    this.verdict = h('div', {class: 'verdict'});
    this.news = h('p', {});
    this.tableHelp = h('p', {class: 'quiet small'}, text('modelsHelp'));
    this.table = h('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': text('models')});
    this.one = h('select', {id: 'one', onchange: () => this.compare()});
    this.other = h('select', {id: 'other', onchange: () => this.compare()});
    this.sideBySide = h('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': text('compare'), 'aria-live': 'polite'});
    this.choosing = h('div', {},
      h('h3', {}, text('compare')),
      h('p', {class: 'quiet small'}, text('compareHelp')),
      h('div', {class: 'row'},
        h('label', {for: 'one'}, text('model')), this.one, h('label', {for: 'other'}, text('with')), this.other));
    this.comparing = h('div', {}, this.choosing, this.sideBySide);
    this.curve = h('div', {class: 'curve', role: 'img'});
    this.outlook = h('p', {'aria-live': 'polite'});
    this.replaceChildren(
      h('h2', {}, text('part.models')), unreadableModels(this), this.verdict, this.news, this.table, this.tableHelp, this.comparing,
      h('h3', {}, text('growth')), this.outlook, this.curve);
    this.history = [];
    follow(this, 'overview', ({news}) => this.news.replaceChildren(...newsAndLink(news)));
    follow(this, 'models', () => this.load());
    follow(this, 'growth', () => this.loadGrowth());
    this.load();
    this.loadGrowth();
  }

  disconnectedCallback() {
    this.plot?.destroy();
  }

  async load() {
    await this.ask(async () => this.show(await get('/api/history')));
  }

  show(history) {
    this.history = history;
    this.verdict.replaceChildren(...this.sentences().map((sentence) => h('p', {}, sentence)));
    this.table.replaceChildren(history.length === 0 ? '' : this.rows());
    this.comparing.hidden = history.length === 0;
    this.tableHelp.hidden = history.length === 0;
    this.choosing.hidden = history.length < 2;
    if (history.length > 0) {
      this.choices();
    }
    this.draw();
  }

  /** What became better, or not, by the newest model. */
  sentences() {
    if (this.history.length === 0) {
      return [text('noModels'), text('noModelsHelp')];
    }
    const [{model, before}] = this.history;
    if (model.accuracy === null) {
      return [text('noTest')];
    }
    const sentences = [rightSentence(model)];
    if (before !== null) {
      const clear = before.other > before.one ? 'better' : 'worse';
      const key = before.one === before.other ? 'same' : before.pValue < SIGNIFICANT ? clear : 'chance';
      sentences.push(text(`before.${key}`, {
        before: this.history[1].model.number, one: number(before.one), other: number(before.other), photos: number(before.photos),
      }));
    } else if (this.history.length > 1) {
      sentences.push(text('before.none', {before: this.history[1].model.number}));
    }
    if (model.simpler !== null) {
      const [best] = model.simpler.rows;
      const better = model.simpler.right > best.right;
      const clear = best.pValue < SIGNIFICANT;
      sentences.push(text(`worth.${better ? clear ? 'yes' : 'maybe' : clear ? 'no' : 'nothing'}`, {
        name: text(`simple.${best.name.replaceAll(' ', '_')}`), right: percent(best.right / model.simpler.images),
      }));
    }
    return sentences;
  }

  rows() {
    const heads = ['model', 'use', 'accuracy', 'thanBefore', 'linearProbe', 'labels', 'changes', 'trained'];
    const numbers = new Set(['accuracy', 'thanBefore', 'linearProbe', 'labels']);
    return h('table', {class: 'wide'},
      h('thead', {}, h('tr', {}, heads.map((key) => h('th', {scope: 'col', class: numbers.has(key) ? 'number' : ''}, text(key))))),
      h('tbody', {}, this.history.map((each) => this.row(each))));
  }

  row({model, inUse, before, changes: since}) {
    const linear = probe(model);
    return h('tr', {},
      h('th', {scope: 'row'}, model.number),
      h('td', {}, inUse
        ? h('strong', {}, text('inUse'))
        : h('button', {'aria-label': text('useModel', {model: model.number}), onclick: () => this.use(model)}, text('useIt'))),
      h('td', {class: 'number'}, model.accuracy === null ? '–' : percent(model.accuracy)),
      h('td', {class: 'number'}, before === null ? '–' : against(before)),
      h('td', {class: 'number'}, linear === undefined ? '–' : percent(linear.right / model.simpler.images)),
      h('td', {class: 'number'}, number(model.labelled)),
      h('td', {}, since === null ? '–' : changes(since) || text('sameLabels')),
      h('td', {}, when(model)));
  }

  use(model) {
    return this.ask(async () => {
      this.show(await post('/api/models/use', {number: model.number}));
      say(text('isInUse', {model: model.number}));
    });
  }

  /** The newest model beside the one before, until others are chosen. */
  choices() {
    const numbers = this.history.map((each) => each.model.number);
    const fill = (select, usual) => {
      const before = select.value;
      select.replaceChildren(...numbers.map((each) => h('option', {value: each}, each)));
      select.value = numbers.includes(before) ? before : usual;
    };
    fill(this.one, numbers[1] ?? numbers[0]);
    fill(this.other, numbers[0]);
    this.compare();
  }

  async compare() {
    await this.ask(async () => {
      const both = await get(`/api/compare?one=${this.one.value}&other=${this.other.value}`);
      this.sideBySide.replaceChildren(this.comparison(both));
    });
  }

  /** A column for each of the models; one where both are the same. */
  comparison({one, other, same, changes: since}) {
    const columns = one.model.number === other.model.number ? [one] : [one, other];
    const row = (name, value) => h('tr', {},
      h('th', {scope: 'row'}, name), columns.map((each, i) => h('td', {class: 'number'}, value(each, i))));
    const rows = [
      row(text('trained'), (each) => when(each.model)),
      row(text('accuracy'), ({model}) => (model.accuracy === null ? '–' : percent(model.accuracy))),
    ];
    if (columns.length > 1 && same !== null) {
      rows.push(row(text('onTheSame', {photos: number(same.photos)}), (each, i) => number(i === 0 ? same.one : same.other)));
    }
    rows.push(
      row(text('labels'), (each) => number(each.model.labelled)), row(text('unlabelled'), (each) => number(each.model.unlabelled)));
    const names = [...new Set(columns.flatMap((each) => each.classes).map((each) => each.name))].sort();
    const ofClasses = names.map((name) => row(name, (each) => number(each.classes.find((its) => its.name === name)?.labelled ?? 0)));
    SETTINGS.forEach((key) => rows.push(row(text(`setting.${key}`), (each) => each.settings[key] ?? '–')));
    rows.push(row(text('setting.encoder'), (each) => each.encoder), row(text('setting.arithmetic'), (each) => each.arithmetic));
    const table = (some) => h('table', {class: 'beside'},
      h('thead', {}, h('tr', {}, h('td', {}), columns.map((each) => h('th', {scope: 'col', class: 'number'}, each.model.number)))),
      h('tbody', {}, some));
    return h('div', {},
      columns.length > 1 ? h('p', {}, this.difference(same, since)) : '',
      table(rows),
      h('details', {}, h('summary', {}, text('labelsOfClasses', {count: number(names.length)})), table(ofClasses)));
  }

  difference(same, since) {
    const sentences = [same === null
      ? text('notTheSame')
      : text(same.pValue < SIGNIFICANT ? 'clear' : 'couldBeChance', {p: same.pValue.toPrecision(2)})];
    if (since !== null) {
      sentences.push(`${text('changes')}: ${changes(since) || text('sameLabels')}.`);
    }
    return sentences.join(' ');
  }

  async loadGrowth() {
    await this.ask(async () => {
      this.growth = await get('/api/growth');
      this.draw();
    });
  }

  draw() {
    const {looking, curve, outlook} = this.growth ?? {looking: true, curve: null};
    const drawn = curve !== null && curve.points.length > 1;
    this.curve.hidden = !drawn;
    if (!drawn) {
      this.outlook.textContent = text(looking ? 'growing' : 'noGrowth');
      return;
    }
    const how = text(curve.heldOut ? 'growthHeldOut' : 'growthOnTest', {photos: number(curve.images)});
    this.outlook.textContent = [text(`outlook.${outlook.toLowerCase()}`), how, looking ? text('growingAgain') : ''].join(' ');
    const last = curve.points.at(-1);
    this.curve.setAttribute('aria-label', text('growthCurve', {
      points: curve.points.map((each) => `${number(Math.round(each.labels))}: ${percent(each.accuracy)}`).join(', '),
    }));
    const models = curve.heldOut ? [] : this.history.filter((each) => each.model.accuracy !== null);
    const ticks = curve.points.map((each) => each.labels);
    const x = [...new Set([...curve.points.map((each) => each.labels), ...models.map((each) => each.model.labelled)])]
      .sort((a, b) => a - b);
    const guesses = x.map((labels) => curve.points.find((each) => each.labels === labels));
    const trained = x.map((labels) => models.find((each) => each.model.labelled === labels));
    const data = [
      x,
      guesses.map((each) => (each === undefined ? null : 100 * each.accuracy)),
      trained.map((each) => (each === undefined ? null : 100 * each.model.accuracy)),
    ];
    this.plot?.destroy();
    this.plot = new Plot(this.curve, {
      scales: {x: {time: false, distr: 3, log: 2, range: [x[0] * 0.9, Math.max(last.labels, x.at(-1)) * 1.1]}, y: {range: [0, 100]}},
      axes: [
        axis(this, {label: text('labels'), size: 34, splits: () => ticks, values: () => ticks.map((each) => number(Math.round(each)))}),
        axis(this, {label: text('ofRight')}),
      ],
      series: [
        {},
        {label: text('instantRight'), stroke: '#2f7ed8', width: 2, spanGaps: true, points: {show: true}},
        {label: text('modelsRight'), stroke: '#d97a06', width: 2, paths: () => null, points: {show: true, size: 10, fill: '#d97a06'}},
      ],
    }, data);
  }

  async ask(request) {
    try {
      await request();
    } catch (fault) {
      say(fault.message, true);
    }
  }
}

customElements.define('studio-models', Models);

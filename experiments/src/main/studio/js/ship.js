/** What leaves the studio: the threshold by its price, answers as CSV, sorted photos, the model as ONNX and as a server. */

import {follow, get, post} from './api.js';
import {h, number, percent, say, text} from './dom.js';
import {newsAndLink, rightSentence, unreadableModels} from './news.js';

/** What runs an ONNX file, as Maven Central has it. */
const RUNTIME = 'onnxruntime-1.29.0.jar';
const RUNTIME_AT = `https://repo1.maven.org/maven2/com/microsoft/onnxruntime/onnxruntime/1.29.0/${RUNTIME}`;

const quoted = (path) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

const megabytes = (bytes) => number(bytes < 1e7 ? Math.ceil(bytes / 1e5) / 10 : Math.ceil(bytes / 1e6));

class Ship extends HTMLElement {
  connectedCallback() {
    this.replaceChildren(h('h2', {}, text('part.ship')), unreadableModels(this), this.head = h('div', {}), this.body = h('div', {}));
    this.build();
    follow(this, 'overview', (folder) => {
      this.folder = folder;
      this.renderHead();
    });
    follow(this, 'shipping', () => this.load());
    this.load();
  }

  build() {
    this.slider = h('input', {
      type: 'range', id: 'threshold', min: 0, max: 99, step: 1, value: 0, oninput: () => this.price(), 'aria-describedby': 'price',
    });
    this.price_ = h('p', {id: 'price', 'aria-live': 'polite'});
    this.keep = h('button', {onclick: () => this.keepThreshold()}, text('keepThreshold'));
    this.threshold = h('div', {},
      h('div', {class: 'row'}, h('label', {for: 'threshold'}, text('threshold')), this.slider, this.chosen = h('output', {for: 'threshold'}), this.keep),
      this.price_);
    this.noPrice = h('p', {});
    this.none = h('input', {type: 'checkbox', id: 'to-none', onchange: () => this.renderTable()});
    this.noneRow = h('p', {}, this.none, ' ', h('label', {for: 'to-none'}, text('toNone')));
    this.table = h('a', {class: 'button', download: 'photos.csv'}, text('csv'));
    this.sort = h('button', {onclick: () => this.ask('/api/sort', {unknown: this.none.checked})});
    this.stop = h('button', {onclick: () => this.ask('/api/sort/stop', {})}, text('stop'));
    this.sorted = h('p', {'aria-live': 'polite'});
    this.progress = h('progress', {'aria-label': text('sortingProgress')});
    this.onnx = h('button', {onclick: () => this.exportOnnx()}, text('exportOnnx'));
    this.code = h('div', {});
    this.served = h('div', {});
    this.body.replaceChildren(
      h('h3', {}, text('thresholdHead')), h('p', {class: 'quiet'}, text('thresholdHelp')), this.threshold, this.noPrice,
      h('h3', {}, text('answersHead')), h('p', {class: 'quiet'}, text('answersHelp')), this.noneRow, h('div', {class: 'row'}, this.table, this.sort, this.stop), this.progress, this.sorted,
      h('h3', {}, text('onnxHead')), h('p', {class: 'quiet'}, text('onnxHelp')), h('div', {class: 'row'}, this.onnx), this.code,
      h('h3', {}, text('commandHead')), this.served);
    this.body.hidden = true;
  }

  async load() {
    try {
      this.take(await get('/api/ship'));
    } catch (fault) {
      say(fault.message, true);
    }
  }

  take(state) {
    const model = state.answers.model;
    const other = this.state?.answers.model !== model;
    this.state = state;
    this.body.hidden = model === null;
    this.renderHead();
    if (model === null) {
      return;
    }
    if (other) {
      this.slider.value = Math.round(100 * state.unsureBelow);
    }
    this.threshold.hidden = state.prices.length === 0;
    this.noPrice.hidden = state.prices.length > 0;
    this.noPrice.replaceChildren(...(this.complete
      ? [text('noPrice', {count: number(state.judged)}), ' ', h('a', {href: '#/label'}, text('labelMore'))]
      : [text('noPriceYet')]));
    this.noneRow.hidden = !state.knowsNone;
    this.price();
    this.renderTable();
    this.renderSorting();
    this.renderCommands();
  }

  renderHead() {
    if (this.state === undefined) {
      return;
    }
    const {model, done, all, fault} = this.state.answers;
    if (model === null) {
      this.head.replaceChildren(h('p', {}, text('noModels')), h('a', {class: 'main', href: '#/train'}, text('train')));
      return;
    }
    const {used, news} = this.folder ?? {used: null, news: null};
    const good = used?.number !== model ? '' : rightSentence(used);
    const parts = [
      h('p', {}, text('shipHelp', {model}), ' ', h('a', {href: '#/models'}, text('useAnother'))),
      h('p', {}, good, ' ', ...newsAndLink(news)),
    ];
    if (fault) {
      parts.push(h('p', {class: 'bad'}, fault));
    } else if (done < all) {
      parts.push(
        h('label', {for: 'answered'}, text('answering', {done: number(done), all: number(all)})),
        h('progress', {id: 'answered', value: done, max: all}));
    }
    this.head.replaceChildren(...parts);
  }

  /** Of 100 photos, how many are answered, and how many answers are right. */
  price() {
    const percentage = Number(this.slider.value);
    this.chosen.textContent = percent(percentage / 100);
    this.keep.disabled = percentage === Math.round(100 * this.state.unsureBelow);
    const price = this.state.prices[percentage];
    if (price === undefined) {
      return;
    }
    const judged = text(this.state.onTest ? 'ofTest' : 'ofSince', {count: number(this.state.judged)});
    const sentence = text(price.answered === 0 ? 'priceNone' : 'price', {
      answered: number(Math.round(100 * price.answered / this.state.judged)),
      right: percent(price.right / Math.max(1, price.answered)),
      photos: judged,
    });
    this.price_.textContent = price.answered < this.state.judged ? `${sentence} ${text('priceUnsure')}` : sentence;
  }

  async keepThreshold() {
    try {
      const threshold = Number(this.slider.value) / 100;
      this.take(await post('/api/models/threshold', {number: this.state.answers.model, threshold}));
      say(text('thresholdKept', {threshold: percent(threshold), model: this.state.answers.model}));
    } catch (fault) {
      say(fault.message, true);
    }
  }

  get complete() {
    return this.state.answers.done === this.state.answers.all;
  }

  renderTable() {
    if (this.complete) {
      this.table.setAttribute('href', `/api/photos.csv?unknown=${this.none.checked}`);
    } else {
      this.table.removeAttribute('href');
    }
    this.table.setAttribute('aria-disabled', String(!this.complete));
  }

  renderSorting() {
    const {sorting, sorted, bytes, answers} = this.state;
    const running = sorting.phase === 'RUNNING';
    this.sort.disabled = running || !this.complete;
    this.sort.textContent = text('sort', {count: number(answers.all), size: megabytes(bytes), folder: sorted});
    this.stop.hidden = !running;
    this.progress.hidden = !running;
    this.progress.max = Math.max(1, sorting.all);
    this.progress.value = sorting.done;
    this.sorted.textContent = sorting.phase === 'NONE' ? '' : [
      text(`sorting.${sorting.phase.toLowerCase()}`, {
        done: number(sorting.done), all: number(sorting.all), folder: sorting.folder, message: sorting.message,
      }),
      sorting.missed > 0 ? text('sortingMissed', {count: number(sorting.missed)}) : '',
    ].join(' ');
    this.sorted.classList.toggle('bad', sorting.phase === 'FAILED');
  }

  renderCommands() {
    const {folder, onnx} = this.state;
    const pre = (...lines) => h('pre', {tabindex: 0}, lines.join('\n'));
    this.code.replaceChildren(...(onnx ? [
      h('p', {}, text('onnxThere', {file: `${folder}.onnx`})),
      h('p', {},
        text('onnxCode'), ' ', h('a', {href: '/Classify.java', download: 'Classify.java'}, 'Classify.java'), ', ',
        h('a', {href: RUNTIME_AT, rel: 'noreferrer', target: '_blank'}, RUNTIME), '.'),
      pre(`java -cp ${RUNTIME} Classify.java ${quoted(`${folder}.onnx`)} photo.jpg`),
    ] : []));
    this.served.replaceChildren(
      h('p', {}, text('predictHelp')),
      pre(`finessl predict ${quoted(folder)} photo.jpg`),
      h('p', {}, text('serveHelp')),
      pre(`finessl serve ${quoted(folder)}`, 'curl --data-binary @photo.jpg http://127.0.0.1:8000/classify'));
  }

  async exportOnnx() {
    say(text('exporting'));
    try {
      const {file} = await post('/api/models/export', {number: this.state.answers.model});
      say(text('exported', {file}));
      await this.load();
    } catch (fault) {
      say(fault.message, true);
    }
  }

  async ask(path, body) {
    try {
      await post(path, body);
      await this.load();
    } catch (fault) {
      say(fault.message, true);
    }
  }
}

customElements.define('studio-ship', Ship);

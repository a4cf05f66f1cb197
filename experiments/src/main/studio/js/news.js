/** What has changed in the labels and the models, in words. */

import {follow, get} from './api.js';
import {h, number, percent, say, text} from './dom.js';

export const changes = (labels) => ['added', 'removed', 'relabelled']
  .filter((key) => labels[key] > 0)
  .map((key) => text(key, {count: number(labels[key])}))
  .join(', ');

/** Of fewer photos it is said how much they leave open. */
const MANY = 200;

/** How right a model is on its test photos, and where those are few, Wilson's interval of 95 %; or that there are none. */
export function rightSentence({number: model, accuracy, tested}) {
  if (accuracy === null) {
    return text('noTest');
  }
  const right = text('rightOn', {model, right: percent(accuracy), photos: number(tested)});
  if (tested >= MANY) {
    return right;
  }
  const z = 1.96;
  const middle = (accuracy + z * z / (2 * tested)) / (1 + z * z / tested);
  const half = z / (1 + z * z / tested) * Math.sqrt(accuracy * (1 - accuracy) / tested + z * z / (4 * tested * tested));
  return `${right} ${text('fewTest', {low: percent(middle - half), high: percent(middle + half)})}`;
}

/** What the model in use has not learnt yet, in a sentence or two; empty where there is nothing. */
export function newsSentence(news) {
  if (news === null) {
    return '';
  }
  const {model, otherClasses} = news;
  const since = changes(news);
  return [
    otherClasses ? text('news.classes', {model}) : '',
    since === '' ? '' : text('news.labels', {model, changes: since}),
  ].filter((sentence) => sentence !== '').join(' ');
}

/** The same with a link to the training; nothing where there is no need for another one. */
export const newsAndLink = (news) =>
  (news?.again ? [newsSentence(news), ' ', h('a', {href: '#/train'}, text('trainAgain'))] : []);

/** The models that cannot be read, with reasons, as long as an element is in the page. */
export function unreadableModels(element) {
  const list = h('div', {class: 'bad', role: 'status'});
  follow(element, 'models', async () => {
    try {
      const models = await get('/api/models/unreadable');
      list.replaceChildren(...models.map(({number: model, reason}) => h('p', {}, text('unreadableModel', {model}), ' ', reason)));
    } catch (fault) {
      say(fault.message, true);
    }
  });
  return list;
}

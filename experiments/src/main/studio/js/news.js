/** What has changed in the labels and the models, in words. */

import {follow, get} from './api.js';
import {h, number, say, text} from './dom.js';

export const changes = (labels) => ['added', 'removed', 'relabelled']
  .filter((key) => labels[key] > 0)
  .map((key) => text(key, {count: number(labels[key])}))
  .join(', ');

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

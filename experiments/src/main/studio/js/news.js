/** What has changed in the labels, in words. */

import {h, number, text} from './dom.js';

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

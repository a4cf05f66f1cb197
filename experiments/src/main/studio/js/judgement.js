/** Who suggests, the model in use or instant guesses, and why, in one sentence. */

import {number, text} from './dom.js';

export function judgementSentence(judgement) {
  const {model, why, evidence} = judgement;
  const values = {model: model ?? ''};
  if (evidence !== null) {
    values.right = number(evidence.model);
    values.instant = number(evidence.instant);
    values.photos = text(evidence.onTest ? 'ofTest' : 'ofSince', {count: number(evidence.photos)});
  }
  return text(`judge.${why.toLowerCase()}`, values);
}

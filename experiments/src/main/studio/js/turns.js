/** What pages that label photos have in common: requests one after the other, keys, undo. */

import {post} from './api.js';
import {h, number, say, sayAll, text} from './dom.js';

/** A function that makes requests follow each other, so that undo takes back what was last seen; each ends with an update of the page. */
export function inTurn(update) {
  let last = Promise.resolve();
  return (request) => {
    last = last.then(async () => {
      try {
        await request();
      } catch (fault) {
        say(fault.message, true);
      }
      await update();
    });
    return last;
  };
}

/** Takes back what was last done to labels, and says so; the photos that it was done to. */
export async function takeBack() {
  const {photos, faults} = await post('/api/undo');
  if (photos.length > 0) {
    say(text('undone', {count: number(photos.length), name: photos[0].name}));
  } else if (faults.length === 0) {
    say(text('nothingToUndo'));
  }
  sayAll(faults);
  return photos;
}

/** A button that has a letter as its key. */
export const keyButton = (key, letter, act) =>
  h('button', {onclick: act, 'aria-keyshortcuts': letter}, h('kbd', {}, letter), ' ', text(key));

/** Calls a listener with keys that are for the page, as long as an element is in it. */
export function onKeys(element, listener) {
  const heard = (event) => {
    if (!element.isConnected) {
      document.removeEventListener('keydown', heard);
    } else if (!(event.ctrlKey || event.metaKey || event.altKey || event.isComposing)) {
      listener(event);
    }
  };
  document.addEventListener('keydown', heard);
}

/** Whether a key is for the control that has the focus. */
export const isOnControl = (event) => event.target.closest('a, button, summary') !== null;

/** Takes the focus from buttons that were clicked with a mouse, so that Enter does not press them again. */
export function leaveClicked(element) {
  element.addEventListener('click', (event) => event.detail > 0 && event.target.closest('button')?.blur());
}

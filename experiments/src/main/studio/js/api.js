/** Requests to the studio's server, and its events. */

import {say, text} from './dom.js';

const bus = new EventTarget();
const newest = {};

async function answer(asked) {
  const response = await asked.catch(() => {
    throw new Error(text('lost'));
  });
  const body = await response.json();
  if (!response.ok) {
    const fault = new Error(body.error ?? response.statusText);
    fault.status = response.status;
    throw fault;
  }
  return body;
}

export const get = (path) => answer(fetch(path));

export const post = (path, body = {}) =>
  answer(fetch(path, {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(body),
  }));

export const upload = (path, file) =>
  answer(fetch(path, {
    method: 'POST',
    headers: {'Content-Type': 'application/octet-stream'},
    body: file,
  }));

const byName = new Intl.Collator(document.documentElement.lang, {numeric: true});

/** The state of the folder with the classes in the order that people expect: 2 before 10. */
const inOrder = (state) => ({...state, classes: state.classes.sort((one, other) => byName.compare(one.name, other.name))});

/** Listens to the server until the page is closed. */
export function connect() {
  const source = new EventSource('/api/events');
  for (const kind of ['overview', 'training', 'suggestions', 'judgement', 'review', 'growth', 'models', 'shipping']) {
    source.addEventListener(kind, (event) => {
      const state = JSON.parse(event.data);
      newest[kind] = kind === 'overview' ? inOrder(state) : state;
      bus.dispatchEvent(new CustomEvent(kind, {detail: newest[kind]}));
    });
  }
  source.addEventListener('error', () => say(text('lost'), true));
  source.addEventListener('open', () => say(''));
}

/** Calls a listener with the newest state of a kind, now and whenever it changes, as long as an element is in the page. */
export function follow(element, kind, listener) {
  const heard = (event) => (element.isConnected ? listener(event.detail) : bus.removeEventListener(kind, heard));
  bus.addEventListener(kind, heard);
  if (newest[kind] !== undefined) {
    listener(newest[kind]);
  }
}

/** The page: it exchanges the token, listens to the server and shows one part at a time. */

import {connect, get, post} from './api.js';
import {h, loadTexts, say, text} from './dom.js';
import './overview.js';
import './label.js';
import './grid.js';
import './review.js';
import './classes.js';
import './train.js';
import './models.js';
import './try.js';
import './ship.js';

const PARTS = ['overview', 'label', 'grid', 'review', 'classes', 'train', 'models', 'try', 'ship'];
const main = document.getElementById('main');

/** The token stands in the fragment, which browsers send to nobody; it is taken out of the address at once. */
async function openSession() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) {
    history.replaceState(null, '', `${location.pathname}${location.search}#/overview`);
    await post('/api/session', {token});
  }
  await get('/api/overview');
}

function show() {
  const [, wanted] = location.hash.match(/^#\/(\w+)/) ?? [];
  const part = PARTS.includes(wanted) ? wanted : PARTS[0];
  for (const link of document.querySelectorAll('nav a')) {
    link.toggleAttribute('aria-current', link.dataset.part === part);
    if (link.dataset.part === part) {
      link.setAttribute('aria-current', 'page');
    }
  }
  document.title = `${text(`part.${part}`)} · ${text('title')}`;
  say('');
  main.replaceChildren(h(`studio-${part}`));
}

await loadTexts();
try {
  await openSession();
  connect();
  addEventListener('hashchange', () => location.hash.startsWith('#/') && show());
  addEventListener('focus', () => post('/api/rescan').catch((fault) => say(fault.message, true)));
  show();
} catch (fault) {
  main.replaceChildren(h('h2', {}, text('closed')), h('p', {class: 'bad'}, fault.message));
}

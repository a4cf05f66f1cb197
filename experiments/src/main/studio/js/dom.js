/** Elements, texts and messages for people. */

let texts = {};

/** Fetches the page's texts, once. */
export async function loadTexts() {
  texts = await (await fetch(`/texts/${document.documentElement.lang}`)).json();
}

/** The text of a key, with {names} replaced by values. */
export function text(key, values = {}) {
  const pattern = texts[key] ?? key;
  return pattern.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

export const number = (value) => value.toLocaleString(document.documentElement.lang);

/** A part of a whole: per cent with one decimal, everywhere. */
export const percent = (part) =>
  part.toLocaleString(document.documentElement.lang, {style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1});

const folded = (name) => name.normalize('NFC').toLocaleLowerCase();

/** Whether a name has what somebody types somewhere. */
export const matches = (name, typed) => folded(name).includes(folded(typed.trim()));

/** The name that somebody types, in small letters or capitals, of some names. */
export const named = (names, typed) =>
  names.find((name) => name === typed.trim()) ?? names.find((name) => folded(name) === folded(typed.trim()));

/** An element; attributes that begin with "on" are listeners, children are nodes or text. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) {
      element.addEventListener(key.slice(2), value);
    } else if (typeof value === 'boolean' && !key.startsWith('aria-')) {
      element.toggleAttribute(key, value);
    } else {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.flat());
  return element;
}

/** Says something to people, also to those who listen to the page. */
export function say(sentence, bad = false) {
  const status = document.getElementById('status');
  status.classList.toggle('bad', bad);
  status.textContent = sentence;
}

export const sayAll = (faults) => faults.length > 0 && say(faults.join(' '), true);

export const small = (photo) => `/api/photos/${photo.id}/small`;

export const large = (photo) => `/api/photos/${photo.id}/large`;

/** Whether keys are for a field that somebody types into. */
export const isTyping = (target) => target.closest('input, select, textarea') !== null;

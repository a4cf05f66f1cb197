/** The digits of classes: a class keeps its digit as long as the browser's tab is open, whatever classes come and go. */

/** From 1 to 9, and 0 for the tenth, as they lie on a keyboard. */
const MOST = 10;
const KEPT = 'digits';

/** The digits, by the classes' names; what is free goes to the first classes without one. */
export function digits(names) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]');
  const owners = Array.from({length: MOST}, (none, i) => (names.includes(kept[i]) ? kept[i] : null));
  const others = names.filter((name) => !owners.includes(name));
  const all = owners.map((owner) => owner ?? others.shift() ?? null);
  sessionStorage.setItem(KEPT, JSON.stringify(all));
  return new Map(all.map((name, i) => [name, (i + 1) % MOST]).filter(([name]) => name !== null));
}

/** Curves by uPlot in the page's colours, as wide as the element that they are in. */

import uPlot from '/lib/uPlot.esm.js';

const HEIGHT = 240;

/** An axis in the colour of the text around an element. */
export function axis(element, more = {}) {
  const colour = getComputedStyle(element).getPropertyValue('--front').trim();
  const line = {stroke: 'rgba(128,128,128,.25)'};
  return {stroke: colour, grid: line, ticks: line, ...more};
}

export class Plot {
  constructor(element, options, data) {
    this.plot = new uPlot({width: element.clientWidth || 300, height: HEIGHT, ...options}, data, element);
    this.resized = new ResizeObserver(() => this.plot.setSize({width: element.clientWidth, height: HEIGHT}));
    this.resized.observe(element);
  }

  setData(data) {
    this.plot.setData(data);
  }

  destroy() {
    this.resized.disconnect();
    this.plot.destroy();
  }
}

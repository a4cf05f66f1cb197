/** Curves by uPlot in the page's colours, as wide as the element that they are in. */

import uPlot from '/lib/uPlot.esm.js';

const HEIGHT = 240;

/** An axis in the colour and the letters of the text around an element. */
export function axis(element, more = {}) {
  const {color, fontFamily} = getComputedStyle(element);
  const line = {stroke: 'rgba(128,128,128,.25)'};
  return {stroke: color, font: `12px ${fontFamily}`, labelFont: `14px ${fontFamily}`, labelSize: 22, grid: line, ticks: line, ...more};
}

export class Plot {
  constructor(element, options, data) {
    this.plot = new uPlot({width: element.clientWidth || 300, height: HEIGHT, legend: {live: false}, ...options}, data, element);
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

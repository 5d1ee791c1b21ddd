// Numbers as colours: tables of 256 colours from the page's palette, and images made with them.
(function () {
  "use strict";
  const chainrule = (window.chainrule = window.chainrule || {});
  const STEPS = 256;
  const SOFT = 0.42; // fields are paler than the points on them
  let tables = null;

  const mix = (a, b, share) => a.map((value, i) => Math.round(value + (b[i] - value) * share));
  const packed = ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r;

  function ramp(low, middle, high) {
    const colours = new Int32Array(STEPS);
    for (let i = 0; i < STEPS; i += 1) {
      const at = (2 * i) / (STEPS - 1) - 1;
      const strength = Math.abs(at) ** 0.8;
      colours[i] = packed(mix(middle, at < 0 ? low : high, strength));
    }
    return colours;
  }

  function make() {
    const palette = chainrule.colours();
    const surface = chainrule.rgb(palette.surface);
    const classes = palette.classes.map(chainrule.rgb);
    return {
      signed: ramp(mix(chainrule.rgb(palette.negative), surface, 0.15), surface, mix(chainrule.rgb(palette.positive), surface, 0.15)),
      binary: ramp(mix(classes[0], surface, SOFT), surface, mix(classes[1], surface, SOFT)),
      classes: classes.map((colour) => Int32Array.from({ length: STEPS }, (_, i) => packed(mix(surface, mix(colour, surface, SOFT), i / (STEPS - 1))))),
    };
  }

  /** The tables of colours for the scheme of the moment. */
  chainrule.shades = () => (tables = tables || make());
  chainrule.onScheme(() => { tables = null; });

  const limited = (value) => (value < 0 ? 0 : value > STEPS - 1 ? STEPS - 1 : value) | 0;

  /** Fill 32-bit pixels with signed values, from −scale to scale. */
  chainrule.paintSigned = (pixels, values, scale) => {
    const { signed } = chainrule.shades();
    const factor = (STEPS - 1) / (2 * (scale || 1));
    for (let i = 0; i < values.length; i += 1) pixels[i] = signed[limited((values[i] + scale) * factor)];
  };

  /** Fill 32-bit pixels with probabilities of class 1. */
  chainrule.paintBinary = (pixels, values) => {
    const { binary } = chainrule.shades();
    for (let i = 0; i < values.length; i += 1) pixels[i] = binary[limited(values[i] * STEPS)];
  };

  /** Fill 32-bit pixels with the colour of the likeliest of k classes, paler where others are near. */
  chainrule.paintClasses = (pixels, values, k) => {
    const { classes } = chainrule.shades();
    const count = values.length / k;
    for (let i = 0; i < count; i += 1) {
      let best = 0;
      let high = values[i];
      for (let c = 1; c < k; c += 1) {
        const value = values[c * count + i];
        if (value > high) { high = value; best = c; }
      }
      pixels[i] = classes[best % classes.length][limited(((high - 1 / k) / (1 - 1 / k)) * 0.85 * STEPS + 0.15 * STEPS)];
    }
  };

  /** The largest absolute value; at least a tiny one. */
  chainrule.largest = (values) => {
    let most = 1e-9;
    for (let i = 0; i < values.length; i += 1) {
      const size = values[i] < 0 ? -values[i] : values[i];
      if (size > most) most = size;
    }
    return most;
  };

  /** A square offscreen canvas with its pixels as 32-bit numbers: {canvas, pixels, show()}. */
  chainrule.raster = (width, height) => {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height || width;
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    const pixels = new Int32Array(image.data.buffer);
    return { canvas, pixels, show: () => context.putImageData(image, 0, 0) };
  };

  /** Give a canvas the pixels of its CSS size; returns its context in CSS pixels. */
  chainrule.sized = (canvas, width, height) => {
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  };
})();

/** Names of the colour maps. */
export const COLORMAPS = ['dusk', 'ember', 'gray'] as const;

/**
 * A colour map: `dusk` goes from dark violet over teal to yellow, `ember` from black over red to
 * pale yellow; `gray` is the value itself, 0 to 255.
 */
export type Colormap = (typeof COLORMAPS)[number];

/** Shades of a map; more than 8 bits of brightness could show. */
export const COLORMAP_SHADES = 256;

/** A point on a path through the OKLCH colour space. */
interface Shade {
  /** Perceived lightness, 0 to 1. */
  readonly lightness: number;
  /** Distance from grey. */
  readonly chroma: number;
  /** Angle of the hue, degrees. */
  readonly hue: number;
}

/**
 * Paths by position `t`, 0 to 1. Lightness rises in a straight line in each, so equal steps of a
 * value look equal and the order survives in print and for colour-blind eyes.
 */
const PATHS: Readonly<Record<Exclude<Colormap, 'gray'>, (t: number) => Shade>> = {
  dusk: (t) => ({
    lightness: 0.2 + 0.73 * t,
    chroma: 0.11 + 0.07 * t,
    hue: 300 - 195 * t,
  }),
  ember: (t) => ({
    lightness: 0.03 + 0.94 * t,
    chroma: 0.62 * t * (1 - t) ** 1.1 + 0.04 * t,
    hue: 10 + 95 * t,
  }),
};

const tables = new Map<Colormap, Uint8Array>();

/** The colours of a map, RGB, {@link COLORMAP_SHADES} times three bytes; do not change them. */
export function colormapTable(name: Colormap): Uint8Array {
  let table = tables.get(name);
  if (table === undefined) {
    table = new Uint8Array(COLORMAP_SHADES * 3);
    for (let i = 0; i < COLORMAP_SHADES; i++) {
      const t = i / (COLORMAP_SHADES - 1);
      table.set(name === 'gray' ? [i, i, i] : toRgb(PATHS[name](t)), i * 3);
    }
    tables.set(name, table);
  }
  return table;
}

/** OKLCH to 8-bit sRGB; colours that a screen cannot show lose chroma, never lightness. */
function toRgb({ lightness, chroma, hue }: Shade): number[] {
  const angle = (hue * Math.PI) / 180;
  let linear: number[] = [];
  for (let kept = chroma; kept >= 0; kept -= 0.002) {
    linear = oklabToLinear(lightness, kept * Math.cos(angle), kept * Math.sin(angle));
    if (linear.every((value) => value >= -0.0005 && value <= 1.0005)) break;
  }
  return linear.map((value) => {
    const v = Math.min(1, Math.max(0, value));
    return Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
  });
}

/** Source of the constants: Björn Ottosson, https://bottosson.github.io/posts/oklab/. */
function oklabToLinear(lightness: number, a: number, b: number): number[] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

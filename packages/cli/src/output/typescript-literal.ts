/** Longest line, as the formatters that most projects run have it; longer ones are broken. */
const LINE_WIDTH = 100;

/**
 * Characters that JSON leaves as they are but that an editor hides or lets reorder text: controls,
 * formats (among them the marks of UAX 9 and tags) and separators of lines.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A JSON value as a TypeScript expression, laid out as prettier does with single quotes.
 *
 * Every key becomes a property, also `__proto__`; text that a file chose cannot end its string.
 *
 * @param indent - columns in front of the lines after the first.
 * @param column - columns that the first line already has.
 */
export function typescriptLiteral(value: unknown, indent = 0, column = indent): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return listLiteral(value, indent, column);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  if (entries.length === 0) return '{}';
  const inner = indent + 2;
  const lines = entries.map(([key, each]) => property(keyOf(key), each, inner));
  return `{\n${lines.join('')}${' '.repeat(indent)}}`;
}

function property(key: string, value: unknown, indent: number): string {
  const pad = ' '.repeat(indent);
  const head = `${pad}${key}: `;
  const text = typescriptLiteral(value, indent, head.length);
  // A string cannot be broken; it gets a line of its own.
  if (typeof value === 'string' && head.length + text.length + 1 > LINE_WIDTH) {
    return `${pad}${key}:\n${pad}  ${text},\n`;
  }
  return `${head}${text},\n`;
}

function listLiteral(values: readonly unknown[], indent: number, column: number): string {
  if (values.length === 0) return '[]';
  const pad = ' '.repeat(indent + 2);
  const texts = values.map((value) => typescriptLiteral(value, indent + 2));
  const line = `[${texts.join(', ')}]`;
  const flat = values.every((value) => typeof value !== 'object' || value === null);
  if (flat && column + line.length + 1 <= LINE_WIDTH) return line;
  const numbers = values.every((value) => typeof value === 'number');
  const lines = numbers ? filled(texts, pad) : texts.map((text) => `${pad}${text},\n`);
  return `[\n${lines.join('')}${' '.repeat(indent)}]`;
}

/** As many numbers on a line as fit. */
function filled(texts: readonly string[], pad: string): string[] {
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length + 2 <= LINE_WIDTH) {
      lines[lines.length - 1] = `${last} ${text},`;
    } else lines.push(`${pad}${text},`);
  }
  return lines.map((line) => `${line}\n`);
}

function keyOf(key: string): string {
  // `__proto__: x` would set the prototype; in brackets it is a property.
  if (key === '__proto__') return "['__proto__']";
  return /^[A-Za-z_$][\w$]*$/u.test(key) ? key : quoted(key);
}

function quoted(text: string): string {
  const json = JSON.stringify(text).replace(HIDDEN, escaped);
  // Double quotes where they need fewer escapes.
  const singles = text.split("'").length;
  if (singles > text.split('"').length) return json;
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A character as escapes of its UTF-16 code units. */
function escaped(char: string): string {
  return char
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** Every code a {@link FeaturetapError} can carry; stable, so programs may switch on it. */
export const ERROR_CODES = [
  /** A path names nothing that exists. */
  'FILE_NOT_FOUND',
  /** A file exists but cannot be read: no permission, a folder, a device. */
  'FILE_UNREADABLE',
  /** The output cannot be written, or writing it would destroy something. */
  'WRITE_REFUSED',
  /** The bytes are not an ONNX model at all. */
  'MODEL_NOT_ONNX',
  /** The model ends before its own lengths say it does. */
  'MODEL_TRUNCATED',
  /** The model breaks a rule of the ONNX or protobuf specification. */
  'MODEL_MALFORMED',
  /** The model exceeds a named safety limit. */
  'MODEL_LIMIT',
  /** No graph input takes an NCHW or NHWC image batch. */
  'MODEL_NO_IMAGE_INPUT',
  /** The model is valid but needs something that is not supported. */
  'MODEL_UNSUPPORTED',
  /** The file is not of the architecture that was named. */
  'ARCHITECTURE_MISMATCH',
  /** A field that was asked for cannot be found in the graph. */
  'TAP_NOT_FOUND',
  /** A file that should carry a manifest carries none. */
  'MANIFEST_MISSING',
  /** A manifest does not follow its schema, or contradicts the file it is in. */
  'MANIFEST_INVALID',
  /** The bytes are not an image that can be decoded. */
  'IMAGE_UNREADABLE',
  /** An image is too large, or has a shape that preprocessing refuses. */
  'IMAGE_LIMIT',
  /** An image is valid but of a kind that would not decode as the model was trained. */
  'IMAGE_UNSUPPORTED',
  /** A tensor has another dtype or shape than the model takes. */
  'INPUT_INVALID',
  /** An option is unknown or has a value outside its range. */
  'OPTION_INVALID',
  /** A name is not in a list of known names. */
  'UNKNOWN_NAME',
  /** A labels file is missing, unreadable or has the wrong number of lines. */
  'LABELS_INVALID',
  /** onnxruntime refused to load or run the model. */
  'RUNTIME_FAILED',
  /** The extractor was used after it was closed. */
  'EXTRACTOR_CLOSED',
  /** The caller's `AbortSignal` fired. */
  'ABORTED',
  /** Two results that must be equal are not. */
  'VERIFY_FAILED',
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * The one error class of featuretap.
 *
 * The message says what was expected, what came, where, and what to do.
 * Test with {@link isFeaturetapError}: `instanceof` fails when two copies of the package are loaded.
 */
export class FeaturetapError extends Error {
  /** Name of the class, which {@link isFeaturetapError} looks at. */
  override readonly name = 'FeaturetapError';
  /** What went wrong, for programs. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Tells a {@link FeaturetapError} from any other value, across copies of the package. */
export function isFeaturetapError(value: unknown): value is FeaturetapError {
  return value instanceof Error && value.name === 'FeaturetapError' && 'code' in value;
}

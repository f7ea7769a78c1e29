import { RESAMPLE_WASM } from './resample-wasm.js';

/** An instance of resample.wat, where the parameters of its functions are described. */
export interface SimdKernel {
  /** What the functions read and write. */
  readonly memory: WasmMemory;
  /** Weighs the pixels of one row. */
  weighRow(
    row: number,
    planes: number,
    planeBytes: number,
    windows: number,
    windowsEnd: number,
    weights: number,
    out: number,
  ): void;
  /** Weighs the rows of one window. */
  weighColumns(
    rows: number,
    pitch: number,
    bytes: number,
    weights: number,
    weightsEnd: number,
    out: number,
  ): void;
}

/** A memory of a WebAssembly instance; growing it detaches its buffer. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The part of the WebAssembly API that is used; TypeScript has it in its browser types only. */
interface WasmApi {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

const PAGE_BYTES = 2 ** 16;

/**
 * Most memory of a kernel, bytes.
 *
 * A photo of 12 megapixels takes 1.1 MiB; the longest edge of all, shrunk by the widest filter, 31.
 */
const MAX_BYTES = 2 ** 26;

/** Most memory that a kernel keeps for the next image; one that took more is left to the collector. */
const KEPT_BYTES = 2 ** 22;

/**
 * Compiles the kernel; instances are made on first use, and when more memory is needed.
 *
 * @returns gives a kernel with so many bytes of memory, or null when that is more than 64 MiB or
 * than there is; null itself where WebAssembly or its SIMD is missing (`node --jitless`).
 */
export function loadSimdKernel(): ((bytes: number) => SimdKernel | null) | null {
  const { WebAssembly: api } = globalThis as { WebAssembly?: WasmApi };
  if (api === undefined) return null;
  const code = Buffer.from(RESAMPLE_WASM, 'base64');
  if (!api.validate(code)) return null;
  const module = new api.Module(code);
  let kept: SimdKernel | null = null;
  return (bytes) => {
    if (bytes > MAX_BYTES) return null;
    try {
      const kernel = kept ?? (new api.Instance(module).exports as SimdKernel);
      const missing = bytes - kernel.memory.buffer.byteLength;
      if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE_BYTES));
      kept = kernel.memory.buffer.byteLength > KEPT_BYTES ? null : kernel;
      return kernel;
    } catch {
      // No memory, or no address space for it.
      return null;
    }
  };
}

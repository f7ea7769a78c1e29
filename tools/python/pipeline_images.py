"""Source images of the whole-pipeline tests of packages/core: every format in every shape.

Computed from integers like those of preprocess_images.py, and smooth enough to stay small.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image
from preprocess_images import adam7_rows, encode, filtered, noise, photo, png, with_adobe_transform

# Width and height. `exact` and `exact-wide` are targets of make_pipeline_golden.py.
SHAPES: dict[str, tuple[int, int]] = {
    "dot": (1, 1),
    "row": (400, 1),
    "column": (1, 400),
    "tiny": (7, 5),
    "odd": (29, 23),
    "tall": (13, 41),
    "wide": (61, 17),
    "exact": (32, 32),
    "exact-wide": (44, 20),
    "large": (84, 64),
}


def scene(size: tuple[int, int], seed: int) -> Image.Image:
    """A photo; larger ones in squares of 2 or 4 pixels, which compress."""
    width, height = size
    side = 4 if width * height >= 4000 else 2 if min(size) >= 16 else 1
    small = photo(-(-width // side), -(-height // side), seed)
    squares = small.resize((small.width * side, small.height * side), Image.Resampling.NEAREST)
    return squares.crop((0, 0, width, height))


def with_alpha(image: Image.Image, seed: int) -> Image.Image:
    mixed = image.copy()
    mixed.putalpha(scene(image.size, seed).convert("L"))
    return mixed


def inks(image: Image.Image, seed: int) -> Image.Image:
    black = scene(image.size, seed).convert("L").point(lambda value: value // 2)
    return Image.merge("CMYK", (*image.convert("CMYK").split()[:3], black))


def samples16(size: tuple[int, int], channels: int, seed: int, high: int) -> np.ndarray:
    """16-bit samples whose upper byte is below `high`."""
    pair = noise(*size, seed, channels * 2).astype(">u2")
    return (pair[..., ::2] % high * 256 + pair[..., 1::2]).astype(">u2")


def png16(colour_type: int, channels: int, high: int) -> Callable[[Image.Image, int], bytes]:
    def make(image: Image.Image, seed: int) -> bytes:
        samples = samples16(image.size, channels, seed, high)
        return png(image.size, 16, colour_type, filtered(samples))

    return make


def interlaced(image: Image.Image, _: int) -> bytes:
    return png(image.size, 8, 2, adam7_rows(np.array(image)), interlaced=True)


def animated(image: Image.Image, seed: int, extension: str) -> bytes:
    others = [scene(image.size, seed + 100 + i).quantize(16) for i in range(2)]
    frames = {"save_all": True, "append_images": others, "duration": 40}
    return encode(image.quantize(16), extension, **frames)


def transparent_gif(image: Image.Image, _: int) -> bytes:
    palette = image.quantize(32)
    return encode(palette, "gif", transparency=palette.getpixel((0, 0)))


def gray16_tiff(image: Image.Image, seed: int) -> bytes:
    samples = samples16(image.size, 1, seed, 2)[..., 0].astype("<u2")
    return encode(Image.fromarray(samples), "tiff", compression="tiff_lzw")


# What each format makes of an RGB image; the number is a seed for what else it needs.
FORMATS: dict[str, Callable[[Image.Image, int], bytes]] = {
    "png-rgb": lambda image, _: encode(image, "png"),
    "png-rgba": lambda image, seed: encode(with_alpha(image, seed), "png"),
    "png-gray": lambda image, _: encode(image.convert("L"), "png"),
    "png-gray-alpha": lambda image, seed: encode(with_alpha(image.convert("L"), seed), "png"),
    "png-1bit": lambda image, _: encode(image.convert("1"), "png"),
    "png-palette": lambda image, _: encode(image.quantize(32), "png"),
    "png-palette-alpha": lambda image, _: encode(
        image.quantize(32), "png", transparency=bytes(range(0, 256, 8))
    ),
    # Below 512, where Pillow's clipping at 255 leaves something to see.
    "png-gray16": png16(0, 1, 2),
    "png-rgb16": png16(2, 3, 256),
    "png-rgba16": png16(6, 4, 256),
    "png-interlaced": interlaced,
    "jpeg-444": lambda image, _: encode(image, "jpeg", quality=92, subsampling=0),
    "jpeg-422": lambda image, _: encode(image, "jpeg", quality=80, subsampling=1),
    "jpeg-420": lambda image, _: encode(image, "jpeg", quality=88, subsampling=2),
    "jpeg-progressive": lambda image, _: encode(image, "jpeg", quality=75, progressive=True),
    "jpeg-gray": lambda image, _: encode(image.convert("L"), "jpeg", quality=85),
    "jpeg-rgb": lambda image, _: encode(image, "jpeg", quality=85, keep_rgb=True),
    "jpeg-cmyk": lambda image, seed: encode(inks(image, seed), "jpeg", quality=85),
    "jpeg-ycck": lambda image, seed: with_adobe_transform(
        encode(inks(image, seed), "jpeg", quality=85), 2
    ),
    "webp-lossy": lambda image, _: encode(image, "webp", quality=75),
    "webp-lossless": lambda image, _: encode(image, "webp", lossless=True),
    "webp-alpha": lambda image, seed: encode(with_alpha(image, seed), "webp", quality=60),
    "gif": lambda image, _: encode(image.quantize(32), "gif"),
    "gif-transparent": transparent_gif,
    "gif-animated": lambda image, seed: animated(image, seed, "gif"),
    "tiff-rgb": lambda image, _: encode(image, "tiff"),
    "tiff-lzw": lambda image, _: encode(image, "tiff", compression="tiff_lzw"),
    "tiff-gray16": gray16_tiff,
    "tiff-cmyk": lambda image, seed: encode(inks(image, seed), "tiff", compression="tiff_lzw"),
    "tiff-jpeg": lambda image, _: encode(image, "tiff", compression="jpeg", quality=85),
}

# Their files are compressed badly or not at all, so the large shape is a smaller one.
BULKY = {
    "png-gray16",
    "png-rgb16",
    "png-rgba16",
    "png-interlaced",
    "tiff-rgb",
    "tiff-lzw",
    "tiff-gray16",
    "tiff-cmyk",
}


def make_image(kind: str, shape: str) -> bytes:
    """The file of a format in a shape; the same wherever it is made."""
    size = SHAPES[shape]
    if shape == "large" and kind in BULKY:
        size = (36, 31)
    seed = 1000 + 10 * (list(FORMATS).index(kind) * len(SHAPES) + list(SHAPES).index(shape))
    return FORMATS[kind](scene(size, seed), seed + 5)

"""Source images of the decoding and preprocessing tests of packages/core.

Everything is computed from integers, so that the images are the same wherever they are made.
"""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

# --- pixels -----------------------------------------------------------------------------------


def noise(width: int, height: int, seed: int, channels: int = 3) -> np.ndarray:
    """Bytes that look random and are the same everywhere, [height, width, channels]."""
    x = np.arange(width * height * channels, dtype=np.uint64) + np.uint64(seed * 1_000_003 + 1)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return ((x >> np.uint64(40)) & np.uint64(255)).astype(np.uint8).reshape(height, width, channels)


def photo(width: int, height: int, seed: int) -> Image.Image:
    """Soft shapes with some grain, as a photo has."""
    coarse = Image.fromarray(noise(-(-width // 8) + 1, -(-height // 8) + 1, seed))
    soft = coarse.resize((width, height), Image.Resampling.BICUBIC)
    return Image.blend(soft, Image.fromarray(noise(width, height, seed + 1)), 0.15)


def checker(width: int, height: int) -> Image.Image:
    """Black and white squares of 3 pixels, which make negative lobes overshoot."""
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray((((x // 3 + y // 3) % 2) * 255).astype(np.uint8)).convert("RGB")


def steps(length: int) -> Image.Image:
    """One row of coloured steps; compresses well however long it is."""
    x = np.arange(length)
    row = np.stack([(x // 25 * 37) % 256, (x // 40 * 91) % 256, (x // 333 * 53) % 256], -1)
    return Image.fromarray(row[None].astype(np.uint8))


# --- images -----------------------------------------------------------------------------------


def encode(image: Image.Image, extension: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, extension, **options)
    return buffer.getvalue()


def png(
    size: tuple[int, int],
    depth: int,
    colour_type: int,
    rows: bytes,
    extra: bytes = b"",
    interlaced: bool = False,
) -> bytes:
    """A PNG of a kind that Pillow cannot write; stored without compression, so never different."""
    header = struct.pack(">IIBBBBB", *size, depth, colour_type, 0, 0, int(interlaced))
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 0))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def adam7_rows(pixels: np.ndarray) -> bytes:
    """The seven passes of an interlaced PNG."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
    parts = [pixels[y::dy, x::dx] for x, y, dx, dy in [*passes, (0, 1, 1, 2)]]
    return b"".join(b"\0" + row.tobytes() for part in parts if part.size for row in part)


def chunk(kind: bytes, data: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + crc


def filtered(samples: np.ndarray) -> bytes:
    """Rows of a PNG, each behind its filter byte."""
    return b"".join(b"\0" + row.tobytes() for row in samples)


def samples16(width: int, height: int, channels: int, low: bool) -> np.ndarray:
    pair = noise(width, height, 50 + channels, channels * 2).astype(">u2")
    high = pair[..., ::2] % (2 if low else 256)
    return (high * 256 + pair[..., 1::2]).astype(">u2")


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def wide_profile() -> bytes:
    """A minimal ICC matrix profile with the primaries of Display P3 (D50 adapted) and gamma 2.2."""

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65_536)) for value in values)

    def text(value: str) -> bytes:
        encoded = value.encode("utf-16-be")
        head = struct.pack(">IIII", 1, 12, 0x656E5553, len(encoded))
        return b"mluc\0\0\0\0" + head + struct.pack(">I", 28) + encoded

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256))
    tags = {
        b"desc": text("wide"),
        b"cprt": text("none"),
        b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9642, 1, 0.82491),
        b"rXYZ": b"XYZ \0\0\0\0" + fixed(0.51512, 0.2412, -0.00105),
        b"gXYZ": b"XYZ \0\0\0\0" + fixed(0.29198, 0.69225, 0.04189),
        b"bXYZ": b"XYZ \0\0\0\0" + fixed(0.1571, 0.06657, 0.78407),
        **{name: curve for name in (b"rTRC", b"gTRC", b"bTRC")},
    }
    table, data = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        start = 128 + 4 + 12 * len(tags) + len(data)
        table += name + struct.pack(">II", start, len(value))
        data += value + b"\0" * (-len(value) % 4)
    size = 128 + len(table) + len(data)
    head = struct.pack(">I4sI4s4s4s", size, b"\0" * 4, 0x04200000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H4s", 2020, 1, 1, 0, 0, 0, b"acsp") + b"\0" * 28
    head += fixed(0.9642, 1, 0.82491)
    return head.ljust(128, b"\0") + table + data


def gif(canvas: tuple[int, int], box: tuple[int, int, int, int], transparent: int | None) -> bytes:
    """One frame of 16 colours on a canvas; codes are never packed, each row starts with a clear."""
    left, top, width, height = box
    palette = noise(16, 1, 60).tobytes()
    out = b"GIF89a" + struct.pack("<HHBBB", *canvas, 0x83, 0, 0) + palette
    if transparent is not None:
        out += b"\x21\xf9\x04\x01\0\0" + bytes([transparent, 0])
    out += b"," + struct.pack("<HHHHB", left, top, width, height, 0)
    bits = ""
    for i, index in enumerate(noise(width, height, 61, 1).ravel() % 16):
        bits = format(index, "05b") + (format(16, "05b") if i % 12 == 0 else "") + bits
    bits = format(17, "05b") + bits
    data = int(bits, 2).to_bytes(-(-len(bits) // 8), "little")
    blocks = (data[i : i + 255] for i in range(0, len(data), 255))
    return out + b"\x04" + b"".join(bytes([len(b)]) + b for b in blocks) + b"\0;"


def without_adobe_marker(jpeg: bytes) -> bytes:
    at = jpeg.index(b"\xff\xee")
    (length,) = struct.unpack(">H", jpeg[at + 2 : at + 4])
    return jpeg[:at] + jpeg[at + 2 + length :]


def with_adobe_transform(jpeg: bytes, transform: int) -> bytes:
    at = jpeg.index(b"\xff\xee") + 15
    return jpeg[:at] + bytes([transform]) + jpeg[at + 1 :]


def corrupt(jpeg: bytes) -> bytes:
    """Damages the data of one block; libjpeg warns and goes on, and so does Pillow."""
    at = (jpeg.index(b"\xff\xda") + len(jpeg)) // 2
    return jpeg[:at] + bytes([jpeg[at] ^ 0xFF]) + jpeg[at + 1 :]


def make_images() -> dict[str, bytes]:
    rgb = photo(29, 23, 10)
    gray = rgb.convert("L")
    alpha = photo(29, 23, 12).convert("L")
    rgba, la = rgb.copy(), Image.merge("LA", (gray, alpha))
    rgba.putalpha(alpha)
    palette = rgb.quantize(32)
    black = alpha.point(lambda value: value // 2)
    cmyk = Image.merge("CMYK", (*rgb.convert("CMYK").split()[:3], black))
    adobe = encode(cmyk, "jpeg", quality=90)
    frames = [photo(29, 23, seed) for seed in (70, 72, 74)]
    rest = {"save_all": True, "append_images": frames[1:], "duration": 40}
    profile = wide_profile()
    gray16 = samples16(13, 11, 1, low=True)
    tags = {"tiffinfo": {274: 6}}
    images = {
        "photo.png": encode(photo(96, 80, 20), "png"),
        "portrait.png": encode(photo(40, 100, 22), "png"),
        "large.jpg": encode(photo(300, 200, 24), "jpeg", quality=85),
        "checker.png": encode(checker(25, 17), "png"),
        "wide.png": encode(steps(60_000), "png"),
        "strip.png": encode(photo(200, 5, 26), "png"),
        "column.png": encode(photo(1, 37, 28), "png"),
        "row.png": encode(photo(37, 1, 30), "png"),
        "dot.png": encode(photo(1, 1, 32), "png"),
        "levels.png": encode(Image.fromarray(levels()), "png"),
        "rgb.png": encode(rgb, "png"),
        "gray.png": encode(gray, "png"),
        "gray-alpha.png": encode(la, "png"),
        "gray-1bit.png": encode(gray.convert("1"), "png"),
        "gray-2bit.png": png((16, 5), 2, 0, filtered(noise(4, 5, 80, 1))),
        "rgba.png": encode(rgba, "png"),
        "rgb-trns.png": encode(rgb, "png", transparency=rgb.getpixel((3, 3))),
        "palette.png": encode(palette, "png"),
        "palette-4bit.png": encode(rgb.quantize(16), "png", bits=4),
        "palette-trns.png": encode(palette, "png", transparency=bytes(range(0, 256, 8))),
        "interlaced.png": png((29, 23), 8, 2, adam7_rows(np.array(rgb)), interlaced=True),
        "gray16.png": png((13, 11), 16, 0, filtered(gray16)),
        "gray16-trns.png": png(
            (13, 11), 16, 0, filtered(gray16), chunk(b"tRNS", gray16[0, 0].tobytes())
        ),
        "rgb16.png": png((13, 11), 16, 2, filtered(samples16(13, 11, 3, low=False))),
        "gray-alpha16.png": png((13, 11), 16, 4, filtered(samples16(13, 11, 2, low=False))),
        "rgba16.png": png((13, 11), 16, 6, filtered(samples16(13, 11, 4, low=False))),
        "gamma.png": png(
            (9, 7), 8, 2, filtered(noise(9, 7, 82)), chunk(b"gAMA", struct.pack(">I", 100_000))
        ),
        "profile.png": encode(rgb, "png", icc_profile=profile),
        "profile16.png": png(
            (13, 11), 16, 2, filtered(samples16(13, 11, 3, low=False)),
            chunk(b"iCCP", b"wide\0\0" + zlib.compress(profile, 0)),
        ),
        "animated.png": encode(frames[0], "png", save_all=True, append_images=frames[1:]),
        "baseline-420.jpg": encode(rgb, "jpeg", quality=90, subsampling=2),
        "baseline-422.jpg": encode(rgb, "jpeg", quality=80, subsampling=1),
        "baseline-444.jpg": encode(rgb, "jpeg", quality=95, subsampling=0),
        "progressive.jpg": encode(rgb, "jpeg", quality=80, progressive=True),
        "restart.jpg": encode(rgb, "jpeg", quality=75, restart_marker_blocks=1),
        "corrupt.jpg": corrupt(encode(rgb, "jpeg", quality=75, restart_marker_blocks=1)),
        "rgb.jpg": encode(rgb, "jpeg", quality=90, keep_rgb=True),
        "gray.jpg": encode(gray, "jpeg", quality=85),
        "profile.jpg": encode(rgb, "jpeg", quality=95, icc_profile=profile),
        "cmyk-adobe.jpg": adobe,
        "cmyk-plain.jpg": without_adobe_marker(adobe),
        "ycck-adobe.jpg": with_adobe_transform(adobe, 2),
        "lossless.webp": encode(rgba, "webp", lossless=True, exact=True),
        "lossy.webp": encode(rgb, "webp", quality=75),
        "lossy-alpha.webp": encode(rgba, "webp", quality=60),
        "animated.webp": encode(frames[0], "webp", quality=70, **rest),
        "still.gif": encode(palette, "gif"),
        "transparent.gif": encode(palette, "gif", transparency=palette.getpixel((3, 3))),
        "animated.gif": encode(frames[0].quantize(16), "gif", **{
            **rest, "append_images": [frame.quantize(16) for frame in frames[1:]],
        }),
        "partial.gif": gif((20, 15), (4, 3, 9, 8), None),
        "partial-transparent.gif": gif((20, 15), (4, 3, 9, 8), 7),
        "partial-vga.gif": gif((640, 480), (4, 3, 9, 8), 7),
        "oversized.gif": gif((6, 5), (0, 0, 9, 8), None),
        "rgb.tif": encode(rgb, "tiff"),
        "lzw.tif": encode(rgb, "tiff", compression="tiff_lzw"),
        "jpeg.tif": encode(rgb, "tiff", compression="jpeg"),
        "gray-alpha.tif": encode(la, "tiff"),
        "gray16.tif": encode(Image.fromarray(gray16[..., 0].astype("<u2")), "tiff"),
        "cmyk.tif": encode(cmyk, "tiff"),
        "orientation-6.tif": encode(rgb, "tiff", **tags),
        "palette.tif": encode(palette, "tiff"),
        "float.tif": encode(Image.fromarray(noise(5, 4, 84, 1)[..., 0] / np.float32(2)), "tiff"),
        "ycbcr.tif": encode(rgb.convert("YCbCr"), "tiff"),
        "rgb.avif": encode(rgb, "avif", quality=80, speed=10),
    }
    for value in range(1, 9):
        images[f"orientation-{value}.jpg"] = encode(rgb, "jpeg", quality=80, exif=exif(value))
    return images


def levels() -> np.ndarray:
    """16 x 16 pixels in which every channel takes every value once."""
    value = np.arange(256, dtype=np.uint8)
    return np.stack([value, value[::-1], value * 5 + 3], -1).reshape(16, 16, 3)

"""Small folders of images, and files that are none, without a library."""

import os
import random
import struct
import zlib

SIDE = 24


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, pixels, bits=8):
    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def drawn(seed, side=SIDE):
    rng = random.Random(seed)
    rows = (b"\0" + bytes(rng.randrange(256) for _ in range(3 * side)) for _ in range(side))
    return png(side, side, b"".join(rows))


def folder(path, train=24, test=8, classes=2):
    """train/ and test/ with a folder a class; returns the files of train/."""
    out = []
    for part, count in (("train", train), ("test", test)):
        for i in range(count):
            place = os.path.join(path, part, f"class{i % classes}")
            os.makedirs(place, exist_ok=True)
            file = os.path.join(place, f"{i:03}.png")
            with open(file, "wb") as at:
                at.write(drawn(f"{part} {i}"))
            out += [file] if part == "train" else []
    return out


def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg_of_scans(scans, side):
    """A progressive JPEG of one colour that asks for that many passes over all of its blocks."""
    table = bytes([0] * 15 + [1]) + bytes([0])  # one code, of 16 bits
    out = b"\xff\xd8" + segment(0xDB, b"\0" + b"\1" * 64)
    out += segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0")
    out += segment(0xC4, b"\x00" + table) + segment(0xC4, b"\x10" + table)
    out += segment(0xDA, b"\1\1\0" + bytes([0, 0, 0])) + b"\0\0"
    for _ in range(scans):
        out += segment(0xDA, b"\1\1\0" + bytes([1, 5, 0])) + b"\0\0"
    return out + b"\xff\xd9"


#: name -> bytes of what must be left out.
def bombs():
    whole = drawn(0)
    return {"a_large.png": png(60000, 60000, b"\0" * 1000), "b_cut.png": whole[:len(whole) // 2], "c_empty.png": b"",
            "d_text.png": b"no image at all\n", "e_large.jpg": jpeg_of_scans(1, 60000), "f_scans.jpg": jpeg_of_scans(1000, 4000)}

"""Decodes the licence files by the table of the specification; checks the signature with OpenSSL.

Usage: licence.py CERTIFICATE FOLDER. FOLDER holds 1B, 1C and the certificates as DER.
"""
import json
import subprocess
import sys


def objects(data):
    at, found = 0, {}
    while at < len(data) and any(byte != data[at] for byte in data[at:]):
        tag = data[at]
        at += 1
        if tag == 1:
            tag = 0x100 + data[at]
            at += 1
        length = data[at]
        at += 1
        if length == 0x81:
            length, at = data[at], at + 1
        elif length == 0x82:
            length, at = int.from_bytes(data[at : at + 2], "big"), at + 2
        found[tag] = data[at : at + length]
        at += length
    return found, at


def text(value):
    out = ""
    for i in range(0, len(value), 2):
        high, low = value[i], value[i + 1]
        if high == 0xFF:
            out += "【欠字】" if low == 0xFA else "【外字%d】" % (low - 0xF0)
        else:
            out += bytes([0x1B, 0x24, 0x42, high, low, 0x1B, 0x28, 0x42]).decode("iso2022_jp")
    return out


name, folder = sys.argv[1], sys.argv[2]
record = open(folder + "/1B", "rb").read()
licence, end = objects(record)
signature, _ = objects(open(folder + "/1C", "rb").read())

result = {"%02X" % tag: value.decode("ascii") for tag, value in licence.items()
          if tag in (0xC2, 0xC3, 0xC5) or 0xE7 <= tag <= 0xEB}
result["C4"] = text(licence[0xC4])
conditions = [*range(0xC6, 0xCA), *range(0xCC, 0xD4)]
result["conditions"] = [text(licence[tag]) for tag in conditions if licence[tag]]
result["remarks"] = [text(licence[tag]) for tag in range(0xD7, 0xDF) if licence[tag]]
classes = "大型 普通 大特 大自二 普自二 小特 原付 け引 大二 普二 大特二 け引二 中型 中二 準中型".split()
result["classes"] = [word for tag, word in enumerate(classes, 0xEC) if licence[tag] == b"1"]

open(folder + "/sig", "wb").write(signature[0x108])
open(folder + "/signed", "wb").write(record[:end])
key = subprocess.run(
    ["openssl", "x509", "-inform", "DER", "-in", f"{folder}/{name}.der", "-noout", "-pubkey"],
    check=True, capture_output=True).stdout
open(folder + "/key", "wb").write(key)
judged = subprocess.run(
    ["openssl", "dgst", "-sha256", "-verify", folder + "/key", "-signature", folder + "/sig",
     folder + "/signed"], capture_output=True)
result["signature"] = judged.returncode == 0
json.dump(result, sys.stdout, ensure_ascii=False)

// Reads the authentication certificate, asks the counter, presents the PIN, signs.
// Package: @pokusew/pcsclite.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";

const pcsclite = createRequire(process.cwd() + "/")("@pokusew/pcsclite");
const pcsc = pcsclite();
let closed = false;

// This package tells its own close as an error too (version 0.6.0).
pcsc.on("error", (error) => {
  if (!closed) throw error;
});

pcsc.once("reader", (reader) => {
  reader.once("status", async () => {
    await client(reader);
    await promisify(reader.disconnect.bind(reader))(reader.SCARD_UNPOWER_CARD);
    closed = true;
    pcsc.close();
    reader.close();
  });
});

async function client(reader) {
  const protocol = await promisify(reader.connect.bind(reader))({ share_mode: reader.SCARD_SHARE_SHARED });
  const transmit = promisify(reader.transmit.bind(reader));

  async function send(...parts) {
    const answer = await transmit(Buffer.concat(parts.map((part) => Buffer.from(part))), 258, protocol);
    return { data: answer.subarray(0, -2), status: answer.readUInt16BE(answer.length - 2) };
  }

  await send([0x00, 0xa4, 0x04, 0x0c, 10], Buffer.from("D392F000260100000001", "hex"));
  let file = (await send([0x00, 0xb0, 0x8a, 0x00, 0x00])).data;
  const end = 4 + file.readUInt16BE(2);
  while (file.length < end) {
    const piece = await send([0x00, 0xb0, file.length >> 8, file.length & 255, 0x00]);
    file = Buffer.concat([file, piece.data]);
  }
  writeFileSync("certificate.der", file.subarray(0, end));

  const left = (await send([0x00, 0x20, 0x00, 0x98])).status & 15;
  console.log(left, "attempts left");
  if (left < 2) throw new Error("the last attempt is kept");
  const verified = await send([0x00, 0x20, 0x00, 0x98, 4], "1234");
  if (verified.status !== 0x9000) throw new Error(`the PIN is wrong: ${verified.status.toString(16)}`);

  const prefix = Buffer.from("3031300D060960864801650304020105000420", "hex");
  const digest = createHash("sha256").update(readFileSync("document")).digest();
  const signed = await send([0x80, 0x2a, 0x00, 0x97, prefix.length + digest.length], prefix, digest, [0x00]);
  writeFileSync("signature", signed.data);
  await send([0x00, 0xa4, 0x04, 0x0c, 7], Buffer.from("A0000001510000", "hex")); // Forgets the PIN.
}

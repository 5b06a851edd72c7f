import { leb, Reader } from './sections.mjs';

export const LOCAL_GET = 0x20;
export const LOCAL_TEE = 0x22;
export const CALL = 0x10;
export const REF_FUNC = 0xd2;

/** Reads or writes a memory: its operands are an alignment and an offset. */
export const isAccess = (opcode) => opcode >= 0x28 && opcode <= 0x3e;
/** Of floating point numbers. */
export const isFloatAccess = (opcode) => [0x2a, 0x2b, 0x38, 0x39].includes(opcode);
export const isLocal = (opcode) => opcode >= LOCAL_GET && opcode <= LOCAL_TEE;

/**
 * The instructions of a function, each with where it begins and ends, and its first operand where that is a number.
 *
 * @param {Uint8Array} body of the code section, without its length
 */
export function* instructionsOf(body) {
  const { end: at } = localsOf(body);
  const reader = new Reader(body, at);
  while (!reader.isAtEnd()) {
    const from = reader.at;
    const opcode = body[reader.at++];
    const operand = passOperands(reader, opcode);
    yield { opcode, operand, from, to: reader.at };
  }
}

/** The locals that are no parameters, as [how many, type], and where they end. */
export function localsOf(body) {
  const reader = new Reader(body);
  const groups = Array.from({ length: reader.number() }, () => [reader.number(), body[reader.at++]]);
  return { types: groups.flatMap(([count, type]) => Array(count).fill(type)), end: reader.at };
}

function passOperands(reader, opcode) {
  if (isAccess(opcode) || opcode === 0x11) {
    reader.number();
    return reader.number();
  }
  if (hasNumber(opcode)) return reader.number();
  if (opcode === 0x0e) {
    for (let left = reader.number(); left >= 0; left--) reader.number();
  } else if (opcode === 0x1c) reader.bytes();
  else if (opcode === 0x43) reader.at += 4;
  else if (opcode === 0x44) reader.at += 8;
  else if (opcode === 0xfc) {
    const kind = reader.number();
    // Of saturating conversions none; of memories and tables one, of what copies between them two.
    for (let left = kind < 8 ? 0 : 2 - (kind % 2 || +(kind > 14)); left > 0; left--) reader.number();
    if (kind > 17) throw new Error(`wasm has an instruction that is not known here: fc ${kind}`);
  } else if (!isAlone(opcode))
    throw new Error(`wasm has an instruction that is not known here: ${opcode.toString(16)}`);
  return undefined;
}

/** Blocks with their type, branches, calls, variables, memories' sizes, whole numbers, references. */
const hasNumber = (opcode) =>
  [0x02, 0x03, 0x04, 0x0c, 0x0d, CALL, 0x3f, 0x40, 0x41, 0x42, 0xd0, REF_FUNC].includes(opcode) ||
  (opcode >= LOCAL_GET && opcode <= 0x26);

const isAlone = (opcode) =>
  [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].includes(opcode) || (opcode >= 0x45 && opcode <= 0xc4);

/** With its length before it. */
export const withLength = (bytes) => Buffer.concat([Buffer.from(leb(bytes.length)), bytes]);

// Writes generated.js and generated.d.ts from docs/schema/openrpc.json: methods, results, errors.
//
//   node generate.mjs [--check]
//
// With --check nothing is written; the exit status is 1 where a file is not up to date.

import { readFileSync, writeFileSync } from "node:fs";

const description = JSON.parse(
  readFileSync(new URL("../../docs/schema/openrpc.json", import.meta.url), "utf8"),
);
const HEAD = "// Written by generate.mjs from docs/schema/openrpc.json; not by hand.\n\n";
const SCALARS = {
  string: "string", integer: "number", number: "number", boolean: "boolean", null: "null",
  array: "unknown[]", object: "Record<string, unknown>",
};

const camel = (text) =>
  text.split(/[^A-Za-z0-9]+/).map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);
const union = (kinds) => [...new Set(kinds)].join(" | ");

function type(schema) {
  if (typeof schema !== "object" || schema === null) return "unknown";
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  for (const word of ["anyOf", "oneOf"]) {
    if (schema[word]) return union(schema[word].map(type));
  }
  if (schema.type === undefined) return "unknown";
  return union([schema.type].flat().map((kind) => {
    if (kind === "array" && typeof schema.items === "object") return `Array<${type(schema.items)}>`;
    if (kind !== "object" || !schema.properties) return SCALARS[kind];
    const required = schema.required ?? [];
    const members = Object.entries(schema.properties).map(([name, inner]) => {
      const mark = required.includes(name) ? "" : "?";
      return `${JSON.stringify(name)}${mark}: ${type(inner)}`;
    });
    return `{ ${members.join("; ")} }`;
  }));
}

const methods = description.methods.filter(({ name }) => name !== "initialize");
const codes = description["x-error-codes"];

let types = HEAD + 'import type { CallOptions, MynacardError } from "./index.js";\n\n';
for (const { name, params, result } of methods) {
  const members = params.map(
    (param) => `  ${param.name}${param.required ? "" : "?"}: ${type(param.schema)};\n`,
  );
  types += `export interface ${camel(name)}Params {\n${members.join("")}}\n`;
  types += `export type ${camel(name)}Result = ${type(result.schema)};\n\n`;
}
types += "export declare class Methods {\n";
for (const { name, description: about, params } of methods) {
  const optional = params.some((param) => param.required) ? "" : "?";
  types += `  /** ${about.replace(/\s+/g, " ")} */\n`;
  types += `  ${lower(camel(name))}(params${optional}: ${camel(name)}Params, options?: CallOptions): `;
  types += `Promise<${camel(name)}Result>;\n`;
}
types += "}\n\nexport type ErrorCode =\n  | ";
types += Object.keys(codes).map((code) => JSON.stringify(code)).join("\n  | ") + ";\n\n";
for (const { name, params } of description["x-events"]) {
  types += `export type ${camel(name)}Event = ${type(params)};\n`;
}
types += `export type Question = ${type(description["x-questions"][0].params)};\n`;
types += "export declare const API: number;\n";

let code = HEAD + `export const API = ${Number(description.info.version)};\n\n`;
code += "export class Methods {\n";
for (const { name } of methods) {
  code += `  ${lower(camel(name))}(params, options) {\n`;
  code += `    return this.call(${JSON.stringify(name)}, params, options);\n  }\n`;
}
code += "}\n";

for (const [file, text] of [["generated.js", code], ["generated.d.ts", types]]) {
  const place = new URL(file, import.meta.url);
  if (!process.argv.includes("--check")) {
    writeFileSync(place, text);
  } else if (readFileSync(place, "utf8") !== text) {
    console.error(`${file} is not up to date: node clients/node/generate.mjs`);
    process.exitCode = 1;
  }
}

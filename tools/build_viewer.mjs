/**
 * Builds lineage/viewer/dist from lineage/viewer/src: `make viewer`.
 *
 * A stylesheet and a module each for the viewer and for the player, which holds the viewer, too. `sums.txt` says
 * what they were made from, so that a change of a source or of a result does not go unnoticed.
 */

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = path.join(import.meta.dirname, "..");
const NODE = path.join(ROOT, ".node", "node_modules"); // where `make` installs the tools
const SOURCES = path.join(ROOT, "lineage", "viewer", "src");

const { build } = createRequire(`${NODE}/`)("esbuild");
const { minify } = createRequire(`${NODE}/`)("terser");
const { parse } = createRequire(`${NODE}/`)("acorn");

const MODULES = ["viewer", "player"];
const DOORS = ["mount", "mountPlayers"]; // what the page calls by name, after the module, in the same script
// Members whose name the browser has, too, on objects of its own that the viewer never asks for it.
const SHARED = [
  "context",
  "effects",
  "groups",
  "host",
  "index",
  "items",
  "links",
  "listeners",
  "near",
  "options",
  "parent",
  "part",
  "root",
];
const SQUEEZE = { passes: 5, ecma: 2020, unsafe_arrows: true, pure_getters: true }; // no getter here does anything

/** One file of everything that an entry point imports. */
async function bundle(name) {
  const { outputFiles } = await build({
    entryPoints: [path.join(SOURCES, name)],
    bundle: true,
    write: false,
    format: "esm",
    charset: "utf8",
    minifySyntax: true,
    minifyWhitespace: true,
  });
  return outputFiles[0].text.trimEnd();
}

/** The members of the code's classes that can be shortened: nobody outside knows them, and no string names them. */
async function ownMembers(code) {
  const members = new Set();
  const strings = new Set();
  const visit = (node) => {
    if (node.type === "MethodDefinition" || node.type === "PropertyDefinition") members.add(node.key.name);
    if (node.type === "AssignmentExpression" && node.left.object?.type === "ThisExpression")
      members.add(node.left.property.name);
    if (node.type === "Literal") strings.add(node.value);
    for (const child of Object.values(node).flat()) if (child?.type) visit(child);
  };
  visit(parse(code, { ecmaVersion: "latest", sourceType: "module" }));
  const { domprops } = await import(pathToFileURL(path.join(NODE, "terser", "tools", "domprops.js")));
  const browser = domprops.filter((name) => !SHARED.includes(name));
  const outside = JSON.parse(await readFile(path.join(import.meta.dirname, "outside_names.json"), "utf8"));
  const known = new Set(["constructor", ...browser, ...Object.values(outside).flat(), ...strings]);
  return [...members].filter((name) => !known.has(name));
}

async function script(name) {
  const code = await bundle(`${name}.js`);
  const regex = new RegExp(`^(${(await ownMembers(code)).join("|")})$`);
  const mangle = { reserved: DOORS, properties: { regex, builtins: true } };
  return (await minify(code, { module: true, compress: SQUEEZE, mangle, format: { ecma: 2020 } })).code;
}

/** A line for each file: its SHA-256 and its path, as `sha256sum` writes them. */
async function sums(target, results) {
  const sources = (await readdir(SOURCES, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const tools = ["build_viewer.mjs", "outside_names.json", "package.json"].map((name) =>
    path.join(import.meta.dirname, name),
  );
  const lines = [...sources, ...tools].map(async (file) => [path.relative(ROOT, file), await readFile(file)]);
  const made = results.map(async (name) => [
    `lineage/viewer/dist/${name}`,
    await readFile(path.join(target, name)),
  ]);
  const every = await Promise.all([...lines, ...made]);
  return every
    .map(([name, bytes]) => `${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`)
    .sort((a, b) => (a.slice(64) < b.slice(64) ? -1 : 1))
    .join("");
}

const target = process.argv[2] ?? path.join(ROOT, "lineage", "viewer", "dist");
await mkdir(target, { recursive: true });
const results = [];
for (const name of MODULES) {
  const made = { [`${name}.min.js`]: await script(name), [`${name}.min.css`]: await bundle(`${name}.css`) };
  for (const [file, text] of Object.entries(made)) {
    await writeFile(path.join(target, file), text);
    console.log(`${file}: ${Buffer.byteLength(text)} bytes`);
    results.push(file);
  }
}
await writeFile(path.join(target, "sums.txt"), await sums(target, results));

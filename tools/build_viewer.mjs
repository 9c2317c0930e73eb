/**
 * Builds lineage/viewer/dist from lineage/viewer/src: `make viewer`.
 *
 * A stylesheet and a module each for the viewer and for the player, which holds the viewer, too; for each part that a
 * page puts behind the viewer in the same module; and a stylesheet for pages of their own. `sums.txt` says what they
 * were made from, so that a change of a source or of a result does not go unnoticed.
 */

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = path.join(import.meta.dirname, "..");
const NODE = path.join(ROOT, ".node", "node_modules"); // where `make` installs the tools
const SOURCES = path.join(ROOT, "lineage", "viewer", "src");

const { build, transform } = createRequire(`${NODE}/`)("esbuild");
const { minify } = createRequire(`${NODE}/`)("terser");
const { parse } = createRequire(`${NODE}/`)("acorn");

const MODULES = ["viewer", "player", "recent"];
const PARTS = ["around", "downloads", "flows", "notebook", "selection"]; // behind the viewer, where a page needs them
const PAGE = "page"; // a stylesheet only
const DOORS = ["attach", "mount", "mountPlayers"]; // what the page calls by name, after the module, in the same script
// Names of members and of plain records that the browser has, too, or that are words in some text: never asked of an
// object of the browser's, and never looked up by a string.
const SHARED = [
  "all",
  "alpha",
  "anchor",
  "around",
  "badge",
  "badges",
  "bottom",
  "bounds",
  "boxOf",
  "boxes",
  "canvas",
  "cap",
  "caption",
  "causes",
  "cell",
  "column",
  "compact",
  "context",
  "copy",
  "count",
  "draw",
  "drawBox",
  "effects",
  "element",
  "emit",
  "end",
  "far",
  "fold",
  "frame",
  "from",
  "gliding",
  "group",
  "groups",
  "grow",
  "head",
  "highlight",
  "host",
  "index",
  "inside",
  "item",
  "items",
  "labels",
  "lanes",
  "like",
  "link",
  "links",
  "listeners",
  "mark",
  "measure",
  "middle",
  "more",
  "moved",
  "near",
  "next",
  "node",
  "number",
  "options",
  "order",
  "outline",
  "parent",
  "part",
  "path",
  "print",
  "px",
  "ready",
  "ranked",
  "rect",
  "room",
  "root",
  "rows",
  "runs",
  "seat",
  "section",
  "selected",
  "show",
  "step",
  "sum",
  "svg",
  "tabs",
  "timeline",
  "tip",
  "tips",
  "to",
  "untimed",
  "upright",
  "view",
  "views",
  "way",
  "weight",
  "write",
  "zoom",
];
// no getter here does anything, and no built-in is changed
const SQUEEZE = {
  passes: 5,
  ecma: 2020,
  inline: 0,
  sequences: false,
  unsafe: true,
  unsafe_arrows: true,
  unsafe_comps: true,
  pure_getters: true,
};

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
  return outputFiles[0].text.trimEnd().replaceAll(/(--\w+): /g, "$1:");
}

/** The members of the code's classes that can be shortened: nobody outside knows them, and no string names them. */
async function ownMembers(code, name) {
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
  const outside = JSON.parse(await readFile(path.join(import.meta.dirname, "outside_names.json"), "utf8"));
  if (name === "viewer") delete outside.playback; // only the player reads that
  const given = new Set(Object.values(outside).flat());
  const known = new Set(["constructor", ...domprops, ...given, ...strings]);
  const own = [...members].filter((member) => !known.has(member));
  return own.concat(SHARED.filter((member) => !given.has(member)));
}

/** The code without fields that have no value to begin with: they are there for who reads the sources. */
function withoutEmptyFields(code) {
  const empty = [];
  const visit = (node) => {
    if (node.type === "PropertyDefinition" && !node.value) empty.push(node);
    for (const child of Object.values(node).flat()) if (child?.type) visit(child);
  };
  visit(parse(code, { ecmaVersion: "latest", sourceType: "module" }));
  return empty.reduceRight((text, { start, end }) => text.slice(0, start) + text.slice(end), code);
}

/** The code with a name for `this` in methods that say it often: a name can be shortened. */
function shortenThis(code) {
  const changes = new Map(); // where -> how many characters, and by what they are replaced
  const within = (node) =>
    Object.values(node)
      .flat()
      .filter((child) => child?.type);
  const owned = (node) => {
    if (node.type === "ThisExpression") return [node];
    return node.type.startsWith("Function") || node.type === "ClassBody" ? [] : within(node).flatMap(owned);
  };
  const visit = (node) => {
    if (node.type === "MethodDefinition") {
      const { params, body } = node.value;
      const uses = owned(body);
      if (uses.length > 4 && !params.some((param) => owned(param).length)) {
        changes.set(body.start, [1, "{let self_=this;"]);
        for (const { start } of uses) changes.set(start, ["this".length, "self_"]);
      }
    }
    within(node).forEach(visit);
  };
  visit(parse(code, { ecmaVersion: "latest", sourceType: "module" }));
  const last = [...changes].sort((a, b) => b[0] - a[0]);
  return last.reduce((text, [at, [length, put]]) => text.slice(0, at) + put + text.slice(at + length), code);
}

/** A part that is put behind the viewer in one module: `var flowsPart = …`, and no other name at its top. */
async function part(name) {
  const { outputFiles } = await build({
    entryPoints: [path.join(SOURCES, `${name}.js`)],
    bundle: true,
    write: false,
    format: "iife",
    globalName: `${name}Part`,
    charset: "utf8",
    minifySyntax: true,
    minifyWhitespace: true,
  });
  // members keep their names: the kernel's messages and the viewer's documented interface have them, too
  const compress = { ...SQUEEZE, top_retain: [`${name}Part`] };
  return (await minify(outputFiles[0].text, { compress, mangle: true, format: { ecma: 2020 } })).code;
}

async function script(name) {
  const code = await bundle(`${name}.js`);
  const mangleProps = new RegExp(`^(${(await ownMembers(code, name)).join("|")})$`);
  // esbuild gives the shortest names to the members that are used most, terser does not
  const short = await transform(shortenThis(withoutEmptyFields(code)), {
    mangleProps,
    minifyWhitespace: true, // not the names: those of DOORS stay
    format: "esm",
    charset: "utf8",
  });
  const squeezed = await minify(short.code, {
    module: true,
    compress: SQUEEZE,
    mangle: { reserved: DOORS },
    format: { ecma: 2020 },
  });
  return squeezed.code;
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
for (const name of [...MODULES, ...PARTS, PAGE]) {
  const made = { [`${name}.min.css`]: await bundle(`${name}.css`) };
  if (name !== PAGE) made[`${name}.min.js`] = await (PARTS.includes(name) ? part(name) : script(name));
  for (const [file, text] of Object.entries(made)) {
    await writeFile(path.join(target, file), text);
    console.log(`${file}: ${Buffer.byteLength(text)} bytes`);
    results.push(file);
  }
}
await writeFile(path.join(target, "sums.txt"), await sums(target, results));

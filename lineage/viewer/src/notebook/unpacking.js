/** A document that was sent deflated and in base64, as `pack_json` of lineage/text.py writes it; or as it is. */
export async function unpack(sent) {
  if (typeof sent !== "string") return sent ?? {};
  const bytes = Uint8Array.from(atob(sent), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}

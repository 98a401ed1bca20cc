// What a reader would stumble over, measured in the page: { overlapping, cut, outside }, each a list of texts.
() => {
  const isShown = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    !element.closest(".sr-only, .skip, [popover], option, script, style, .bar, chat-button, .header");
  const isScroller = (style) => ["auto", "scroll"].includes(style.overflowX);
  const short = (node) => node.textContent.trim().replace(/\s+/g, " ").slice(0, 40);

  // Lines of text, each cut down to the middle of its height: glyphs of neighbouring lines may touch, words not.
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.textContent.trim() || !isShown(node.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 2) continue;
      const third = box.height / 3;
      lines.push({ node, left: box.left + 1, right: box.right - 1, top: box.top + third, bottom: box.bottom - third });
    }
  }

  const overlapping = [];
  lines.sort((a, b) => a.top - b.top);
  lines.forEach((one, index) => {
    for (let next = index + 1; next < lines.length && lines[next].top < one.bottom; next++) {
      const other = lines[next];
      if (other.node !== one.node && other.left < one.right && one.left < other.right)
        overlapping.push(`${short(one.node)} | ${short(other.node)}`);
    }
  });

  const cut = [];
  const outside = [];
  for (const line of lines) {
    let inScroller = false;
    for (let box = line.node.parentElement; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      if (style.display === "inline") continue;
      const edge = box.getBoundingClientRect();
      if (isScroller(style)) inScroller = true;
      else if (style.overflowX !== "visible" && !inScroller && (line.left < edge.left - 1 || line.right > edge.right + 1)) cut.push(short(line.node));
      if (style.overflowY !== "visible" && !isScroller(style) && (line.top < edge.top - 1 || line.bottom > edge.bottom + 1)) cut.push(short(line.node));
    }
    if (!inScroller && (line.left < -1 || line.right > innerWidth + 1)) outside.push(short(line.node));
  }
  return { overlapping: [...new Set(overlapping)], cut: [...new Set(cut)], outside: [...new Set(outside)] };
};

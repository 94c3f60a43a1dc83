// look finds what is wrong with how the page looks now, as lines of text.
(() => {
  const problems = [];
  const roots = [document];
  for (const host of document.querySelectorAll("*")) if (host.shadowRoot) roots.push(host.shadowRoot);
  const all = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  const up = (element) => element.parentElement ?? element.getRootNode().host ?? null;
  const quote = (text) => JSON.stringify(text.trim().replace(/\s+/g, " ").slice(0, 60));
  const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });

  // Colours, as [red, green, blue, alpha] of 0 to 1.
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const colour = (text) => {
    if (!known.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      known.set(text, [...canvas.getImageData(0, 0, 1, 1).data].map((part) => part / 255));
    }
    return known.get(text);
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const light = (c) => {
    const [r, g, b] = c.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const paper = () => colour(getComputedStyle(document.documentElement).colorScheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches ? "#000" : "#fff");

  // behind is the colour behind an element's own background, or on it.
  const behind = (element) => {
    if (!element) return paper();
    const own = colour(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, behind(up(element)));
  };
  // under is the colour of the shapes of a picture that are drawn below a text, at its middle.
  const under = (text) => {
    const box = text.getBoundingClientRect();
    let result = behind(up(text.ownerSVGElement));
    for (const shape of text.ownerSVGElement.querySelectorAll("rect, path, circle, ellipse, polygon")) {
      if (!(shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)) break;
      const style = getComputedStyle(shape);
      if (style.fill === "none" || !shape.getScreenCTM()) continue;
      const middle = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2).matrixTransform(shape.getScreenCTM().inverse());
      if (!shape.isPointInFill(middle)) continue;
      const [r, g, b, a] = colour(style.fill);
      result = over([r, g, b, a * style.fillOpacity * style.opacity], result);
    }
    return result;
  };

  // Texts that can hardly be read.
  const texts = roots.flatMap((root) => {
    const found = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) found.push(walker.currentNode);
    return found;
  });
  const read = texts.filter((node) => node.data.trim() && !node.parentElement.closest("style, script, title, desc, template") && seen(node.parentElement));
  if (read.length < 20) problems.push(`only ${read.length} texts can be seen`);
  for (const node of read) {
    const element = node.parentElement;
    const style = getComputedStyle(element);
    const inPicture = element instanceof SVGElement;
    const ground = inPicture ? under(element.closest("text") ?? element) : behind(element);
    const ratio = contrast(over(colour(inPicture ? style.fill : style.color), ground), ground);
    if (ratio < 4.5) problems.push(`contrast ${ratio.toFixed(2)} of ${quote(node.data)}`);
    if (parseFloat(style.fontSize) < 10) problems.push(`${style.fontSize} is too small for ${quote(node.data)}`);
  }

  // What does not fit.
  if (document.documentElement.scrollWidth > innerWidth) problems.push(`the page is ${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);
  for (const element of document.body.querySelectorAll("*")) {
    const { overflowX, clipPath } = getComputedStyle(element);
    if (["hidden", "clip"].includes(overflowX) && clipPath === "none" && seen(element) && element.scrollWidth > element.clientWidth + 1) {
      problems.push(`cut off: ${quote(element.textContent)}`);
    }
  }
  for (const picture of all("svg").filter(seen)) {
    const frame = picture.getBoundingClientRect();
    const labels = [...picture.querySelectorAll("text")].filter((text) => seen(text) && text.textContent.trim());
    const boxes = labels.map((text) => ({ text: quote(text.textContent), box: text.getBoundingClientRect() }));
    boxes.sort((a, b) => a.box.top - b.box.top);
    boxes.forEach(({ text, box }, i) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) problems.push(`outside its picture: ${text}`);
      for (const other of boxes.slice(i + 1)) {
        if (other.box.top > box.bottom - 2) break;
        if (other.box.left < box.right - 1 && other.box.right > box.left + 1) problems.push(`${text} lies on ${other.text}`);
      }
    });
  }

  // What those miss who do not look.
  const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) => +heading.tagName[1]);
  if (levels.filter((level) => level === 1).length !== 1 || levels[0] !== 1) problems.push("there must be one h1, and it comes first");
  levels.forEach((level, i) => level > (levels[i - 1] ?? 0) + 1 && problems.push(`h${level} follows h${levels[i - 1]}`));
  for (const landmark of ["body > header", "main", "body > footer"]) {
    if (document.querySelectorAll(landmark).length !== 1) problems.push(`there must be one ${landmark}`);
  }
  const ids = all("[id]").map((element) => element.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) problems.push(`two elements are #${id}`);
  for (const link of document.querySelectorAll("a[href]")) {
    const target = link.getAttribute("href");
    if (!target.startsWith("#") || !document.getElementById(decodeURIComponent(target.slice(1)))) problems.push(`${quote(link.textContent)} leads to ${target}`);
  }
  for (const box of document.querySelectorAll("[role=region], nav")) if (!box.getAttribute("aria-label")) problems.push(`a ${box.tagName} has no name`);
  for (const input of document.querySelectorAll("input")) if (!input.labels.length) problems.push(`input ${input.value} has no label`);
  return [...new Set(problems)];
})();

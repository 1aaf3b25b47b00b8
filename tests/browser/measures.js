const visible = element => element.checkVisibility({checkVisibilityCSS: true, contentVisibilityAuto: true});
const said = element => element.textContent.trim().slice(0, 60);
const withText = () => [...document.body.querySelectorAll("*")].filter(element =>
  !element.closest("script, style, title, desc") && visible(element)
  && [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()));
const overflow = () => document.documentElement.scrollWidth - innerWidth;
const charts = () => [...document.querySelectorAll("svg[role=img]")].filter(visible).length;
const untitled = () => [...document.querySelectorAll("svg[role=img]")].filter(svg =>
  !svg.querySelector(":scope > title")?.textContent || !svg.querySelector(":scope > desc")?.textContent
  || !svg.getAttribute("aria-label")).map(svg => svg.outerHTML.slice(0, 80));
const numbers = colour => colour.match(/[\d.]+/g).map(Number);
const luminance = colour => {
  const [r, g, b] = numbers(colour).slice(0, 3).map(part => part / 255).map(part =>
    part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = element => {
  for (let one = element; one; one = one.parentElement) {
    const colour = getComputedStyle(one).backgroundColor, parts = numbers(colour);
    if (parts.length === 3 || parts[3] > 0) return colour;
  }
  return "rgb(255, 255, 255)";
};
const contrast = (one, other) => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
const zoneGrounds = element => element.closest("svg")
  ? [...element.closest("svg").querySelectorAll(".zone")].map(zone => getComputedStyle(zone).fill).filter(fill => fill !== "none")
  : [];
const faint = least => withText().flatMap(element => {
  const style = getComputedStyle(element), ink = element.closest("svg") ? style.fill : style.color;
  return [ground(element), ...zoneGrounds(element)].map(paper => contrast(ink, paper))
    .filter(ratio => ratio < least).map(ratio => `${ratio.toFixed(2)} ${element.className.baseVal ?? element.className}: ${said(element)}`);
});
const tiny = least => withText().flatMap(element => {
  const svg = element.closest("svg"), size = parseFloat(getComputedStyle(element).fontSize);
  const seen = svg ? size * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : size;
  return seen < least - 0.05 ? [`${seen.toFixed(1)}: ${said(element)}`] : [];
});
const cut = () => [...document.querySelectorAll(".scroll, pre, figure")].filter(element =>
  visible(element) && element.scrollWidth > element.clientWidth + 1).map(element =>
  `${element.scrollWidth - element.clientWidth} px of ${element.getAttribute("aria-label") ?? said(element)}`);
const hidden = () => [...document.querySelectorAll("details > :not(summary)")].filter(element => !visible(element)).map(said);

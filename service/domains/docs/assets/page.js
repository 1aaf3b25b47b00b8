"use strict";

const search = document.getElementById("search");
const articles = [...document.querySelectorAll("article")];
const entries = new Map([...document.querySelectorAll("nav li")].map((entry) => [entry.dataset.for, entry]));

/* Show the operations that hold every word, and the tags that still have one. */
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const article of articles) {
    const hidden = !words.every((word) => article.dataset.words.includes(word));
    article.hidden = hidden;
    entries.get(article.id).hidden = hidden;
  }
  for (const section of document.querySelectorAll("main > section[id^=tag-]")) {
    section.hidden = !section.querySelector("article:not([hidden])");
  }
  document.getElementById("schemas").hidden = words.length > 0;
}

/* A link to what is hidden shows everything again. */
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.closest("[hidden]")) {
    search.value = "";
    filter();
    target.scrollIntoView();
  }
}

search.addEventListener("input", filter);
window.addEventListener("hashchange", reveal);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
});

// Times in the zone and the manner of the reader. Without a script they stand there in UTC, which a pointer still shows.
"use strict";
const local = (at) => new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time")) {
  time.title = time.textContent;
  time.textContent = local(time.dateTime);
}
for (const option of document.querySelectorAll("option[data-at]")) { // an option holds no element
  option.textContent = local(option.dataset.at) + option.textContent.slice(option.textContent.indexOf(" · "));
}

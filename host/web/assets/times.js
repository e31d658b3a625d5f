// Times in the zone and the manner of the reader. Without a script they stand there in UTC, which a pointer still shows.
"use strict";
for (const time of document.querySelectorAll("time")) {
  time.title = time.textContent;
  time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
}

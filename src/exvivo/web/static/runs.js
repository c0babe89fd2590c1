// Says the end of a run to who cannot see the page change.
"use strict";
document.getElementById("now").addEventListener("over", (event) => exvivo.tell(event.detail.data));

// Shows what the desk sends. When the desk is not heard, that is said: an old number would send somebody to the wrong room.
const quiet = 50000, pause = 5000; // milliseconds
const calls = document.getElementById('calls'), lost = document.getElementById('lost');
let source, timer;

function heard() {
  lost.hidden = true;
  clearTimeout(timer);
  timer = setTimeout(again, quiet);
}

function again() {
  lost.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(listen, pause);
  source.close();
}

function listen() {
  source = new EventSource('calls');
  source.onerror = again;
  source.addEventListener('beat', heard);
  source.onmessage = (event) => {
    const before = calls.querySelector('.now')?.textContent;
    calls.innerHTML = JSON.parse(event.data); // drawn and escaped by the desk
    const now = calls.querySelector('.now')?.textContent;
    calls.classList.toggle('fresh', now !== undefined && now !== before);
    heard();
  };
}

listen();

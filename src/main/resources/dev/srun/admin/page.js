'use strict';
(() => {
  const main = document.querySelector('main');
  const live = document.getElementById('live');
  let heard = Date.now();
  let ended = false;

  const clock = () => new Date().toLocaleTimeString([], {hour12: false});

  function say(state, text) {
    if (live.className !== state || live.textContent !== text) {
      live.className = state;
      live.textContent = text;
    }
    document.body.classList.toggle('old', state !== '');
  }

  // Changes what differs and nothing else: what has the focus or is selected stays.
  function become(old, next) {
    if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName) {
      old.replaceWith(next.cloneNode(true));
      return;
    }
    if (old.nodeType === Node.TEXT_NODE) {
      if (old.data !== next.data) old.data = next.data;
      return;
    }
    for (const {name} of [...old.attributes]) {
      if (!next.hasAttribute(name) && name !== 'data-age' && name !== 'open') old.removeAttribute(name);
    }
    for (const {name, value} of next.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    const was = [...old.childNodes];
    const is = [...next.childNodes];
    is.forEach((child, i) => {
      if (i < was.length) become(was[i], child);
      else old.appendChild(child.cloneNode(true));
    });
    was.slice(is.length).forEach(child => child.remove());
  }

  function age(seconds) {
    if (seconds < 60) return Math.max(0, Math.floor(seconds)) + 's';
    if (seconds < 3600) return Math.floor(seconds / 60) + 'm';
    if (seconds < 86400) return Math.floor(seconds / 3600) + 'h' + Math.floor(seconds % 3600 / 60) + 'm';
    return Math.floor(seconds / 86400) + 'd' + Math.floor(seconds % 86400 / 3600) + 'h';
  }

  function ages() {
    for (const time of document.querySelectorAll('time')) {
      const text = age((Date.now() - Date.parse(time.dateTime)) / 1000);
      if (time.dataset.age !== text) time.dataset.age = text;
    }
  }

  const source = new EventSource('/events');
  source.addEventListener('picture', event => {
    heard = Date.now();
    const next = document.createElement('main');
    next.innerHTML = event.data;
    become(main, next);
    const sign = main.querySelector('.state .health i');
    const name = main.querySelector('h1').firstChild;
    if (sign && name) document.title = sign.textContent + ' ' + name.textContent.trim();
    ages();
    say('', 'live');
  });
  source.addEventListener('beat', () => {
    heard = Date.now();
    say('', 'live');
  });
  source.addEventListener('end', () => {
    ended = true;
    source.close();
    say('ended', 'The program has stopped at ' + clock() + '. This is its last picture.');
  });
  setInterval(() => {
    if (!ended) ages();
    if (!ended && Date.now() - heard > 4000) {
      const since = new Date(heard).toLocaleTimeString([], {hour12: false});
      say('lost', 'Connection lost at ' + since + '. This is the last picture; trying again.');
    }
  }, 1000);
  ages();
})();

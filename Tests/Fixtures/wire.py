# SPDX-License-Identifier: Apache-2.0
"""Connections that send just the bytes they are told to, for scripts whose arguments are NAME KEY=VALUE ….

Ports: smtp, submission, submissions, imap, imaps, pop3, pop3s. user and password log in.
"""
import re
import socket
import ssl
import sys

part = sys.argv[1]
options = dict(word.split("=", 1) for word in sys.argv[2:])
user, password = options["user"], options["password"]
counted = 0


def port(name):
    return int(options[name])


def expect(holds, text):
    global counted
    counted += 1
    if not holds:
        print(f"{part}: {text}")
        sys.exit(1)


def context(version=None):
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if version:
        made.minimum_version = made.maximum_version = version
    return made


class Client:
    """One connection; lines are bytes without their end."""

    def __init__(self, service, tls=None, session=None):
        self.socket = socket.create_connection(("127.0.0.1", port(service)), 60)
        self.buffer = b""
        if tls:
            self.start_tls(tls, session)

    def start_tls(self, tls, session=None):
        self.buffer = b""
        self.socket = tls.wrap_socket(self.socket, session=session, server_hostname="localhost")

    def send(self, data):
        self.socket.sendall(data)

    def fill(self):
        more = self.socket.recv(65536)
        self.buffer += more
        return bool(more)

    def line(self):
        """None at the end of the stream."""
        while b"\n" not in self.buffer:
            try:
                if not self.fill():
                    return None
            except ConnectionResetError:
                return None
        found, self.buffer = self.buffer.split(b"\n", 1)
        return found.rstrip(b"\r")

    def rest(self):
        try:
            while self.fill():
                pass
        except OSError:
            pass
        return self.buffer

    def reply(self):
        """A reply of SMTP: its code; None at the end."""
        while (text := self.line()) is not None:
            if text[3:4] != b"-":
                return int(text[:3])
        return None

    def ask(self, data):
        self.send(data + b"\r\n")
        return self.reply()

    def tagged(self, data):
        """Sends a command of IMAP; the word behind its tag in the answer, None at the end."""
        self.send(data + b"\r\n")
        return self.answer(data.split(b" ")[0])

    def answer(self, tag):
        self.said = []
        while (text := self.line()) is not None:
            self.said.append(text)
            literal = re.search(rb"\{(\d+)\}$", text)
            if literal and text.startswith(b"* "):
                while len(self.buffer) < int(literal[1]):
                    if not self.fill():
                        return None
                self.said.append(self.buffer[:int(literal[1])])
                self.buffer = self.buffer[int(literal[1]):]
            if text.startswith(tag + b" "):
                return text.split(b" ")[1].decode()
        return None

    def close(self):
        self.socket.close()


def imap(login=True, service="imap"):
    client = Client(service)
    expect(client.line().startswith(b"* OK"), "no greeting")
    if login:
        expect(client.tagged(f'l LOGIN "{user}" "{password}"'.encode()) == "OK", "no log-in")
    return client


def smtp(service="smtp"):
    client = Client(service)
    expect(client.reply() == 220, "no greeting")
    expect(client.ask(b"EHLO client.test") == 250, "no EHLO")
    return client


def pop3(login=True):
    client = Client("pop3")
    expect(client.line().startswith(b"+OK"), "no greeting")
    if login:
        client.send(f"USER {user}\r\nPASS {password}\r\n".encode())
        expect(client.line().startswith(b"+OK") and client.line().startswith(b"+OK"), "no log-in")
    return client


def answers():
    """How many answers were looked at."""
    return counted

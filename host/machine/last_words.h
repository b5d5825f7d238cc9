// What a process says of itself when it cannot go on, on its standard error, which is the run's
// log: at a crash the signal, who was at work (beacon.h) and the stack; at SIGQUIT the stacks of
// all its threads, with which it goes on, as Java's does. A thread of its own writes them: what
// names functions allocates, which a signal handler must not.
#pragma once

namespace sslx::machine {

/// From now on. For the main thread, before it starts others; once.
void leave_last_words();

}  // namespace sslx::machine

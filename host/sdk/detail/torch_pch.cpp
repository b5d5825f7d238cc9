// Holds the precompiled torch header that the other targets reuse.

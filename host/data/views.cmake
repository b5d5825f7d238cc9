# Sampler and view pipeline: torch is needed here, unlike in the datasets beside it.
add_library(sslx_views STATIC images.cpp loader.cpp sampler.cpp sources.cpp view_pipeline.cpp)
target_include_directories(sslx_views PUBLIC ${CMAKE_SOURCE_DIR})
target_link_libraries(sslx_views PUBLIC sslx_sdk sslx_data Threads::Threads PRIVATE sslx_flags ${CMAKE_DL_LIBS})
sslx_use_torch(sslx_views)

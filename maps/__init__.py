"""What people open: Folium maps, the portal and its pages, and exports for GIS and tables."""
